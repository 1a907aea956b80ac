import type { Engine } from '../engine/engine.js'
import { RepriseError } from '../errors.js'
import type { WeightFormat } from '../quantization.js'
import { taskOf } from './model-kind.js'
import { formatBytes, formatTable, type Terminal } from './terminal.js'

interface Job {
  readonly from: string
  readonly to: string
  readonly weights: WeightFormat
  readonly data: readonly string[] | undefined
  readonly seed: number | undefined
}

/** `reprise convert IN OUT --quantize FORMAT`: writes the model with weights in fewer bits and says what that costs. */
export async function quantizeFile(job: Job, engine: Engine, terminal: Terminal): Promise<void> {
  if (!/\.safetensors$/i.test(job.to)) {
    throw new RepriseError(
      'option',
      `\`quantize\` writes .safetensors, not ${job.to}: files of other programs hold float32 weights.`,
    )
  }
  if ((await taskOf(job.from)) === 'model') await quantizeLayers(job, engine, terminal)
  else await quantizeTask(job, engine, terminal)
}

async function quantizeTask(
  { from, to, weights, data }: Job,
  engine: Engine,
  terminal: Terminal,
): Promise<void> {
  const { filesSource, readWholeFile } = await import('../data/node-files.js')
  const { LanguageModel, quantizeLanguageModel } = await import('../tasks/index.js')
  const text = data && (await filesSource([...data]))
  const model = LanguageModel.fromBytes(engine, await readWholeFile(from), from)
  const { model: quantized, report } = await quantizeLanguageModel(model, weights, { engine, text })
  await quantized.save(to)
  const { before, after, bytes, largestChange, perplexityLoss } = report
  terminal.result({ from, to, task: 'lm', ...report }, () => [
    `${from} → ${to}: ${weights}, weights ${formatBytes(bytes.before)} → ${formatBytes(bytes.after)}`,
    `largest change of a weight: ${largestChange.change.toExponential(1)} (${largestChange.weight || 'none'})`,
    ...(before && after && perplexityLoss !== undefined
      ? [
          ...formatTable([
            ['', 'before', 'after', 'change'],
            ['nats per token', ...changes(before.nats, after.nats, 5)],
            ['perplexity', ...changes(before.perplexity, after.perplexity, 4)],
          ]),
          `loss in perplexity: ${signed(perplexityLoss, 4)} (${signed((100 * perplexityLoss) / before.perplexity, 3)} %)`,
        ]
      : ['give a text with --data to see the loss in perplexity']),
  ])
}

async function quantizeLayers(
  { from, to, weights, data, seed }: Job,
  engine: Engine,
  terminal: Terminal,
): Promise<void> {
  if (data) {
    throw new RepriseError(
      'option',
      `\`data\` measures the perplexity of a language model; ${from} is a model of layers. Leave it out.`,
    )
  }
  const { formatImportReport, inspectModel, loadModel } = await import('../models/index.js')
  const { largestDifference } = await import('../models/compare-models.js')
  const original = await loadModel(from, {
    engine,
    report: (given) => terminal.say(formatImportReport(given)),
  })
  const quantized = await loadModel(from, { engine, weights, report: () => {} })
  const bytes = { before: inspectModel(original).bytes, after: inspectModel(quantized).bytes }
  await quantized.save(to)
  const maxDifference = await largestDifference(original, await loadModel(to, { engine }), seed)
  const layers = original.layers.length
  terminal.result({ from, to, task: 'model', layers, weights, bytes, maxDifference }, () => [
    `${from} → ${to}: ${weights}, weights ${formatBytes(bytes.before)} → ${formatBytes(bytes.after)}`,
    `read again: outputs differ from the original's by at most ${maxDifference.toExponential(1)}`,
  ])
}

function changes(before: number, after: number, digits: number): [string, string, string] {
  return [before.toFixed(digits), after.toFixed(digits), signed(after - before, digits)]
}

const signed = (value: number, digits: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
