import { readWholeFile } from '../data/node-files.js'
import { readTaggerData, Tagger, type TaggerColumns } from '../tasks/index.js'
import { engineFor, engineSummary } from './engine.js'
import { withInterrupt } from './interrupt.js'
import {
  describeNote,
  describeRepeated,
  describeTagged,
  describeTaggerScores,
  describeWithout,
} from './tagger-report.js'
import { type CommonFlags, drawBar, Terminal } from './terminal.js'

export interface TaggerFlags extends CommonFlags, Omit<TaggerColumns, 'features' | 'requireTags'> {
  readonly data: string[]
  readonly weights?: 'float32' | 'bf16' | 'int8'
}

/** `reprise evaluate` for a tagger: scores on tagged sentences. */
export async function evaluateTagger(path: string, flags: TaggerFlags): Promise<void> {
  const terminal = new Terminal(flags)
  const bytes = await readWholeFile(path)
  const engine = await engineFor(flags)
  try {
    const tagger = Tagger.fromBytes(engine, bytes, path, { weights: flags.weights })
    const { examples, understood } = await readTaggerData(flags.data, columnsOf(tagger, flags))
    for (const line of describeTagged(flags.data, understood)) terminal.say(line)
    const begin = performance.now()
    const onProgress = (fraction: number) =>
      terminal.progress(`${drawBar(fraction)} ${Math.round(fraction * 100)} %`)
    const scores = await withInterrupt((signal) => tagger.evaluate(examples, { signal, onProgress }), {
      stopped: () => 'stopped before the end; there are no scores.',
    })
    terminal.endProgress()
    for (const note of scores.notes) terminal.say(describeNote(note))
    const seconds = (performance.now() - begin) / 1000
    const result = {
      task: 'tagger',
      model: path,
      ...scores,
      notes: [...understood.notes, ...scores.notes],
      tokensPerSecond: Math.round(scores.tokens / seconds),
      engine: engineSummary(engine),
    }
    terminal.result(result, () => [...describeTaggerScores(scores), ...describeWithout(scores)])
    for (const line of describeRepeated(scores)) terminal.warn(line)
  } finally {
    engine.dispose()
  }
}

/** Where tags and words are: as the flags say, else as in the training data. */
export function columnsOf(
  { settings }: Tagger,
  flags: Omit<TaggerColumns, 'features' | 'requireTags'>,
): TaggerColumns {
  const { features } = settings
  const tokenColumn = flags.tokenColumn ?? settings.tokenColumn
  if (flags.column !== undefined || flags.field !== undefined) {
    return { column: flags.column, field: flags.field, tokenColumn, features }
  }
  return { column: settings.column, field: settings.field, tokenColumn, features }
}
