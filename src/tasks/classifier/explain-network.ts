import { RepriseError } from '../../errors.js'
import { gradients } from '../../graph/gradient.js'
import { operations, type Session } from '../../graph/index.js'
import type { ClassifierNetwork } from './network.js'
import { declareInputs, type Passage, roundedLength, TextBatch } from './text-batch.js'

/** A text is read with one row of a batch. */
const rows = 1

/**
 * Gradient × input (Denil, Demiraj, de Freitas 2014; Shrikumar et al. 2016): how much each step of a passage moves
 * Σ_k selector[k] · logit[k], to first order: the features a step gives the recurrent layers times the gradient by them. What
 * a pair of words gives is divided between the two. Returns one number for each step. Throws `quantized-weights`.
 */
export async function passageContributions(
  session: Session,
  network: ClassifierNetwork,
  passage: Passage,
  selector: Float32Array,
): Promise<Float64Array> {
  const { weights } = network.parameters
  if (weights !== 'float32') {
    throw new RepriseError(
      'quantized-weights',
      `what moved a decision is found through gradients, which weights kept as ${weights} do not have. Load the model with \`weights\` "float32".`,
    )
  }
  const steps = passage.end - passage.begin
  const T = roundedLength(steps)
  const program = session.program(`explain ${T}`, (graph) => {
    const inputs = declareInputs(graph, network, rows, T)
    const features = network.embed(inputs)
    const logits = network.logits(inputs, features)
    const choice = graph.input('selector', [rows, network.outputs])
    const [gradient] = gradients(operations.sum(operations.multiply(logits, choice)), [features])
    return { fetch: { products: operations.multiply(features, gradient!) } }
  })
  const batch = new TextBatch(network, rows, T)
  batch.fill([passage])
  batch.write(program)
  program.write('selector', selector)
  await program.run()
  const F = network.inputFeatures
  const products = program.read('products', new Float32Array(rows * T * F))
  return byStep(products, F, steps, network)
}

function byStep(
  products: Float32Array,
  F: number,
  steps: number,
  { settings, pairEmbedding }: ClassifierNetwork,
): Float64Array {
  const contributions = new Float64Array(steps)
  const pairBegin = settings.embedding
  const pairEnd = pairBegin + (pairEmbedding ? settings.pairEmbedding : 0)
  for (let t = 0; t < steps; t++) {
    let own = 0
    let pair = 0
    for (let f = 0; f < F; f++) {
      if (f >= pairBegin && f < pairEnd) pair += products[t * F + f]!
      else own += products[t * F + f]!
    }
    contributions[t]! += own + (t === 0 ? pair : pair / 2)
    if (t > 0) contributions[t - 1]! += pair / 2
  }
  return contributions
}

/** What is explained: the logit of a label, against the mean of the others where only one can hold. */
export function selectorOf(label: number, labels: number, multiLabel: boolean): Float32Array {
  const selector = new Float32Array(labels)
  if (!multiLabel) selector.fill(-1 / (labels - 1))
  selector[label] = 1
  return selector
}
