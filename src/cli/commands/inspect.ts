import type { Command } from 'commander'
import { engineFor } from '../engine.js'
import { taskOf } from '../model-kind.js'
import { type CommonFlags, formatBytes, formatCount, formatTable, Terminal } from '../terminal.js'

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('what is in a model file: task, layers, vocabulary, training record, memory')
    .argument('<model>', 'model file: .safetensors, .keras, .h5, model.json')
    .addHelpText('after', '\nExample:\n  reprise inspect book.safetensors\n  reprise inspect reviews.keras')
    .action(async (path: string, flags: CommonFlags) => {
      const task = await taskOf(path)
      if (task === 'model') return inspectLayers(path, flags)
      if (task === 'tagger') return (await import('../inspect-tagger.js')).inspectTaggerFile(path, flags)
      if (task === 'classifier')
        return (await import('../classifier-commands.js')).inspectClassifierFile(path, flags)
      const { withModel } = await import('../model.js')
      const { inspectLanguageModel } = await import('../../tasks/index.js')
      const terminal = new Terminal(flags)
      await withModel(path, flags, async (model) => {
        const report = { file: path, ...inspectLanguageModel(model) }
        terminal.result(report, () => [
          `${path}: language model (${report.settings.unit}), ${formatBytes(report.bytes)}${keptAs(report.weights)}`,
          '',
          ...formatTable([
            ['layer', 'kind', 'output', 'parameters', 'runs as'],
            ...report.layers.map(({ name, kind, output, parameters, runs }) => [
              name,
              kind,
              output,
              formatCount(parameters),
              runs,
            ]),
            ['total', '', '', formatCount(report.parameters), ''],
          ]),
          '',
          `vocabulary: ${formatCount(report.vocabulary.size)} ${report.settings.unit === 'word' ? 'words' : 'symbols'}: ${report.vocabulary.first.map((token) => JSON.stringify(token)).join(' ')} …`,
          `trained: ${report.training.epochs} epochs, ${formatCount(report.training.steps)} steps on ${formatCount(report.training.trainTokens)} tokens`,
          ...(report.training.valid
            ? [
                `held-out part: ${report.training.valid.nats.toFixed(4)} nats per token, perplexity ${report.training.valid.perplexity.toFixed(2)}, ${report.training.valid.bitsPerToken.toFixed(3)} bits`,
              ]
            : []),
          '',
          `memory of a training step (batch ${report.settings.batch}, ${report.settings.bptt} steps):`,
          ...formatTable(
            Object.entries(report.memory.training).map(([part, bytes]) => [`  ${part}`, formatBytes(bytes)]),
          ),
          `memory of one user's state when generating: ${formatBytes(report.memory.statePerUser)}`,
        ])
      })
    })
}

const keptAs = (weights: string) => (weights === 'float32' ? '' : ` in ${weights}`)

async function inspectLayers(path: string, flags: CommonFlags): Promise<void> {
  const { formatImportReport, inspectModel, loadModel } = await import('../../models/index.js')
  const terminal = new Terminal(flags)
  const engine = await engineFor(flags)
  try {
    const report = (given: Parameters<typeof formatImportReport>[0]) =>
      terminal.say(formatImportReport(given))
    const found = inspectModel(await loadModel(path, { engine, report }))
    terminal.result({ file: path, ...found }, () => [
      `${path}: model "${found.name}", ${formatBytes(found.bytes)}${keptAs(found.weights)}${found.compiled ? ', compiled' : ''}`,
      '',
      ...formatTable([
        ['layer', 'kind', 'output', 'parameters', 'runs as'],
        ...found.layers.map(({ name, kind, output, parameters, runs }) => [
          name,
          kind,
          output,
          formatCount(parameters),
          runs,
        ]),
        ['total', '', '', formatCount(found.parameters), ''],
      ]),
    ])
  } finally {
    engine.dispose()
  }
}
