import type { Command } from 'commander'
import { type CommonFlags, formatBytes, formatCount, formatTable, Terminal } from '../terminal.js'

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('what is in a model file: task, layers, vocabulary, training record, memory')
    .argument('<model>', 'model file')
    .addHelpText('after', '\nExample:\n  reprise inspect book.safetensors')
    .action(async (path: string, flags: CommonFlags) => {
      const { withModel } = await import('../model.js')
      const { inspectLanguageModel } = await import('../../tasks/index.js')
      const terminal = new Terminal(flags)
      await withModel(path, flags, async (model) => {
        const report = { file: path, ...inspectLanguageModel(model) }
        terminal.result(report, () => [
          `${path}: language model (${report.settings.unit}), ${formatBytes(report.bytes)}`,
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
