import { type Command, InvalidArgumentError, Option } from 'commander'
import { RepriseError } from '../../errors.js'
import type { ImportReport } from '../../formats/import-report.js'
import { engineFor } from '../engine.js'
import { collect } from '../flags.js'
import { type CommonFlags, Terminal } from '../terminal.js'

interface ConvertFlags extends CommonFlags {
  readonly order?: readonly string[]
  readonly activation?: Readonly<Record<string, string>>
  readonly nonlinearity?: 'tanh' | 'relu'
  readonly lastStep?: boolean
  readonly quantize?: 'int8' | 'bf16'
  readonly data?: string[]
}

export function addConvert(program: Command): void {
  program
    .command('convert')
    .description('a model from one format to another, by the endings of the names')
    .argument('<in>', 'model: .keras, .h5, model.json, .safetensors (its own, or a PyTorch state dict)')
    .argument('<out>', 'where to write it: .keras, .h5, .weights.h5, .safetensors, .onnx')
    .option('--order <prefixes>', 'PyTorch: its modules from first to last, with commas', (text: string) =>
      text.split(','),
    )
    .option(
      '--activation <module=name>',
      'PyTorch: activation behind a Linear; may be repeated',
      readActivation,
    )
    .option('--nonlinearity <name>', 'PyTorch: tanh or relu, of an RNN (default: tanh)', readNonlinearity)
    .option('--last-step', 'PyTorch: go on with the last step of the recurrent layers alone')
    .addOption(
      new Option(
        '--quantize <format>',
        'keep the weights in int8 (one scale for each output) or bf16: smaller, faster to generate, not to be trained',
      ).choices(['int8', 'bf16']),
    )
    .option(
      '--data <file>',
      'with --quantize, of a language model: text to measure the loss in perplexity on; may be given again',
      collect,
    )
    .addHelpText(
      'after',
      `
What was written is read again and run beside the original on random inputs (not for .onnx).

Example:
  reprise convert reviews.keras reviews.onnx
  reprise convert torch-lm.safetensors lm.keras --order encoder,rnn,decoder --activation decoder=softmax
  reprise convert book.safetensors book-int8.safetensors --quantize int8 --data other-book.txt`,
    )
    .action(async (from: string, to: string, flags: ConvertFlags) => {
      const terminal = new Terminal(flags)
      if (flags.data && !flags.quantize) {
        throw new RepriseError(
          'option',
          '`data` is for `quantize`: it measures what that loses. Leave it out.',
        )
      }
      if (flags.quantize) return quantize(from, to, flags, terminal)
      const { convertModel, formatImportReport, loadModel } = await import('../../models/index.js')
      const engine = await engineFor(flags)
      const torch = {
        ...(flags.order && { order: flags.order }),
        ...(flags.activation && { activations: flags.activation }),
        ...(flags.nonlinearity && { nonlinearity: flags.nonlinearity }),
        ...(flags.lastStep && { returnSequences: false }),
      }
      const reported = new Set<string>()
      const report = (given: ImportReport) => {
        const text = formatImportReport(given)
        if (!reported.has(text)) terminal.say(text)
        reported.add(text)
      }
      try {
        const load = (path: string) => loadModel(path, { engine, report, torch })
        const result = await convertModel(load, from, to, flags.seed)
        terminal.result(result, () => [
          `${from} → ${to}: ${result.layers} layers`,
          result.maxDifference === null
            ? 'not run again: ONNX is for other programs'
            : `read again: outputs differ by at most ${result.maxDifference.toExponential(1)}`,
        ])
      } finally {
        engine.dispose()
      }
    })
}

async function quantize(from: string, to: string, flags: ConvertFlags, terminal: Terminal): Promise<void> {
  const { quantizeFile } = await import('../quantize.js')
  const engine = await engineFor(flags)
  try {
    const { quantize: weights, data, seed } = flags
    await quantizeFile({ from, to, weights: weights!, data, seed }, engine, terminal)
  } finally {
    engine.dispose()
  }
}

function readActivation(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.lastIndexOf('=')
  if (at < 0) throw new InvalidArgumentError('It must look like decoder=softmax.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

function readNonlinearity(text: string): string {
  if (text === 'tanh' || text === 'relu') return text
  throw new InvalidArgumentError('It must be tanh or relu.')
}
