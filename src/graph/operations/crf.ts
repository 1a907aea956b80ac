import { crfForwardSavedLength } from '../../engine/commands.generated.js'
import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, sameShape, type Tensor, type TensorSpec } from '../tensor.js'
import { subtract } from './arithmetic.js'
import { oneHot } from './embedding.js'
import { onesLike } from './fill.js'

interface ChainInputs {
  readonly emissions: Tensor
  readonly transitions: Tensor
  readonly start: Tensor
  readonly end: Tensor
  readonly lengths: Tensor | undefined
  readonly mask: Tensor | undefined
  readonly [name: string]: Tensor | undefined
}

const f32 = (...shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' })
const sizes = ({ emissions }: ChainInputs) => {
  const [N, T, L] = emissions.shape as [number, number, number]
  return { N, T, L }
}

function check(name: string, inputs: ChainInputs): void {
  const { emissions } = inputs
  const problem = (what: string, wanted: string, got: Tensor) =>
    new RepriseError(
      'shape',
      `${name} expects ${what} ${wanted}, got ${got.dtype} ${formatShape(got.shape)}${got === emissions ? '' : ` for emissions ${formatShape(emissions.shape)}`}`,
    )
  if (emissions.rank !== 3) throw problem('emissions', '[batch, steps, labels]', emissions)
  const { N, T, L } = sizes(inputs)
  const wanted = { transitions: [L, L], start: [L], end: [L], targets: [N, T], lengths: [N], mask: [N, T] }
  for (const [key, shape] of Object.entries(wanted)) {
    const tensor = inputs[key]
    const dtype = key === 'targets' || key === 'lengths' ? 'int32' : 'float32'
    if (tensor && !(sameShape(tensor.shape, shape) && tensor.dtype === dtype)) {
      throw problem(key, `${dtype} ${formatShape(shape)}`, tensor)
    }
  }
}

const shared = (
  inputs: ChainInputs,
  { at, optional }: Pick<Parameters<typeof forwardOperation.lower>[0], 'at' | 'optional'>,
) => ({
  emissions: at(inputs.emissions),
  transitions: at(inputs.transitions),
  start: at(inputs.start),
  end: at(inputs.end),
  lengths: optional(inputs.lengths),
  mask: optional(inputs.mask),
  ...sizes(inputs),
})

const forwardOperation: Operation<
  ChainInputs & { readonly targets: Tensor },
  'logLikelihood' | 'saved',
  null
> = {
  name: 'crfLogLikelihood',
  infer(inputs) {
    check('crfLogLikelihood', inputs)
    return { logLikelihood: f32(sizes(inputs).N), saved: f32(crfForwardSavedLength(sizes(inputs))) }
  },
  lower(lowering) {
    const { inputs, outputs, at, optional, emit } = lowering
    emit('crfForward', {
      ...shared(inputs, lowering),
      targets: at(inputs.targets),
      logLikelihood: at(outputs.logLikelihood),
      saved: optional(outputs.saved),
    })
  },
  gradient({ inputs, outputs: { saved }, gradients, needs }) {
    if (!gradients.logLikelihood) return {}
    const own = apply(gradientOperation, { ...inputs, saved, dLogLikelihood: gradients.logLikelihood }, null)
    return {
      emissions: needs('emissions') ? own.dEmissions : undefined,
      transitions: needs('transitions') ? own.dTransitions : undefined,
      start: needs('start') ? own.dStart : undefined,
      end: needs('end') ? own.dEnd : undefined,
    }
  },
}

const gradientOperation: Operation<
  ChainInputs & { readonly targets: Tensor; readonly saved: Tensor; readonly dLogLikelihood: Tensor },
  'dEmissions' | 'dTransitions' | 'dStart' | 'dEnd',
  null
> = {
  name: 'crfGradient',
  infer(inputs) {
    const { N, T, L } = sizes(inputs)
    return { dEmissions: f32(N, T, L), dTransitions: f32(L, L), dStart: f32(L), dEnd: f32(L) }
  },
  lower(lowering) {
    const { inputs, outputs, at, emit } = lowering
    emit('crfBackward', {
      ...shared(inputs, lowering),
      targets: at(inputs.targets),
      saved: at(inputs.saved),
      dLogLikelihood: at(inputs.dLogLikelihood),
      dEmissions: at(outputs.dEmissions),
      dTransitions: at(outputs.dTransitions),
      dStart: at(outputs.dStart),
      dEnd: at(outputs.dEnd),
    })
  },
}

const decodeOperation: Operation<ChainInputs, 'tags' | 'score', null> = {
  name: 'crfDecode',
  infer(inputs) {
    check('crfDecode', inputs)
    const { N, T } = sizes(inputs)
    return { tags: { shape: [N, T], dtype: 'int32' }, score: f32(N) }
  },
  lower(lowering) {
    const { inputs, outputs, at, emit } = lowering
    emit('crfDecode', { ...shared(inputs, lowering), tags: at(outputs.tags), score: at(outputs.score) })
  },
}

/**
 * Natural logarithm of the probability of `targets` under a linear-chain conditional random field (Lafferty et al. 2001):
 * emissions [B, T, L], transitions [L, L] (from, to), start and end [L], targets int32 [B, T] → [B]. Only the steps before
 * `lengths` (int32 [B]) and where `mask` (float32 [B, T]) is not 0 count; both may be left out. A row of no steps gives 0, a
 * target that is no label NaN. Differentiable in the first four. Scores of −∞, or far below the others, forbid.
 */
export function crfLogLikelihood(
  emissions: Tensor,
  transitions: Tensor,
  start: Tensor,
  end: Tensor,
  targets: Tensor,
  lengths?: Tensor,
  mask?: Tensor,
): Tensor {
  const inputs = { emissions, transitions, start, end, targets, lengths, mask }
  return apply(forwardOperation, inputs, null).logLikelihood
}

/**
 * The best chain of labels by Viterbi's algorithm, arguments as of `crfLogLikelihood`: `tags` int32 [B, T], −1 at steps that
 * do not count, and its `score` [B], the sum of all scores on its way. Of equally good ones that with the smaller label
 * wins, from the last step to the first. No gradient.
 */
export function crfDecode(
  emissions: Tensor,
  transitions: Tensor,
  start: Tensor,
  end: Tensor,
  lengths?: Tensor,
  mask?: Tensor,
): { tags: Tensor; score: Tensor } {
  return apply(decodeOperation, { emissions, transitions, start, end, lengths, mask }, null)
}

/**
 * Probability of each label at each step over all chains, arguments as of `crfLogLikelihood` → [B, T, L]; zeros at steps that
 * do not count. No gradient.
 */
export function crfMarginals(
  emissions: Tensor,
  transitions: Tensor,
  start: Tensor,
  end: Tensor,
  lengths?: Tensor,
  mask?: Tensor,
): Tensor {
  // The gradient of a chain's log likelihood is what it uses less what is expected.
  const { tags } = crfDecode(emissions, transitions, start, end, lengths, mask)
  const inputs = { emissions, transitions, start, end, targets: tags, lengths, mask }
  const { logLikelihood, saved } = apply(forwardOperation, inputs, null)
  const gradient = apply(
    gradientOperation,
    { ...inputs, saved, dLogLikelihood: onesLike(logLikelihood) },
    null,
  )
  return subtract(oneHot(tags, emissions.shape[2]!), gradient.dEmissions)
}
