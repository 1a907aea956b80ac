import { stdin } from 'node:process'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { RepriseError } from '../../errors.js'
import type { WeightFormat } from '../../quantization.js'
import { weightsOption } from '../flags.js'
import { type CommonFlags, formatTable, Terminal } from '../terminal.js'

export function addScore(program: Command): void {
  program
    .command('score')
    .description('probability of sentences under a language model')
    .argument('<model>', 'model file')
    .argument('[text...]', 'sentences; `-` reads one a line from standard input')
    .addOption(weightsOption())
    .addHelpText(
      'after',
      '\nExample:\n  reprise score book.safetensors "Call me Ishmael." "Ishmael me call."',
    )
    .action(
      async (path: string, given: string[], flags: CommonFlags & { readonly weights?: WeightFormat }) => {
        const { withModel } = await import('../model.js')
        const terminal = new Terminal(flags)
        const texts = given.includes('-')
          ? (await readAll(stdin)).split(/\r?\n/).filter((line) => line !== '')
          : given
        if (texts.length === 0)
          throw new RepriseError(
            'usage',
            'score needs at least one text, such as: reprise score MODEL "Call me Ishmael."',
          )
        await withModel(path, flags, async (model) => {
          const scored = texts.map((text) => ({ text, ...model.score(text) }))
          terminal.result(scored, () =>
            formatTable([
              ['nats', 'perplexity', 'text'],
              ...scored.map(({ text, nats, perplexity }) => [nats.toFixed(2), perplexity.toFixed(2), text]),
            ]),
          )
        })
      },
    )
}
