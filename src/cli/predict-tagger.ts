import { stdin } from 'node:process'
import { createInterface } from 'node:readline'
import { readWholeFile } from '../data/node-files.js'
import { RepriseError } from '../errors.js'
import { readTaggerData, type TaggedText, Tagger, type TaggerColumns } from '../tasks/index.js'
import { engineFor } from './engine.js'
import { columnsOf } from './evaluate-tagger.js'
import { withInterrupt } from './interrupt.js'
import { type CommonFlags, drawBar, formatCount, Terminal } from './terminal.js'

interface Flags extends CommonFlags, Omit<TaggerColumns, 'features' | 'requireTags'> {
  readonly data?: string[]
  readonly weights?: 'float32' | 'bf16' | 'int8'
}

/** `reprise predict` for a tagger: tags and spans of texts, or of the sentences of a file with one token a line. */
export async function predictTagger(path: string, texts: readonly string[], flags: Flags): Promise<void> {
  const terminal = new Terminal(flags)
  const bytes = await readWholeFile(path)
  const engine = await engineFor(flags)
  try {
    const tagger = Tagger.fromBytes(engine, bytes, path, { weights: flags.weights })
    if (!flags.data) refuseTexts(path, tagger)
    const read =
      flags.data && (await readTaggerData(flags.data, { ...columnsOf(tagger, flags), requireTags: false }))
    for (const { what, count, example } of read?.understood.notes ?? [])
      terminal.say(
        `  note: ${formatCount(count)} × ${what}${example === undefined ? '' : `; first: ${example}`}`,
      )
    const found: TaggedText[] = []
    const show = (sentence: TaggedText) => {
      if (terminal.json) found.push(sentence)
      else terminal.stream(`${describe(sentence, tagger.scheme.hasSpans)}\n`)
    }
    const onProgress = (fraction: number) =>
      terminal.progress(`${drawBar(fraction)} ${Math.round(fraction * 100)} %`)
    await withInterrupt(async (signal) => {
      if (texts.includes('-'))
        for await (const sentence of tagger.predict(lines(), { signal })) show(sentence)
      else {
        const sentences = await tagger.predict(read?.examples ?? texts, { signal, onProgress })
        terminal.endProgress()
        for (const sentence of sentences) show(sentence)
      }
    })
    if (terminal.json) terminal.result(found, () => [])
  } finally {
    engine.dispose()
  }
}

/** Throws `usage` where a tagger reads further columns, which no text has. */
function refuseTexts(path: string, { settings: { features } }: Tagger): void {
  if (features.length === 0) return
  throw new RepriseError(
    'usage',
    `${path} was trained with further columns (--features ${features.join(',')}), which a text does not have. Give a file with one token a line and these columns, as in training: reprise predict ${path} --data FILE (--data - reads standard input).`,
  )
}

async function* lines(): AsyncGenerator<string> {
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield line
  }
}

/** `the/DET cat/NOUN`, or `[Ada Lovelace PER] lived in [London LOC]`. */
function describe({ tokens, tags, spans }: TaggedText, hasSpans: boolean): string {
  if (!hasSpans) return tokens.map((token, at) => `${token}/${tags[at]}`).join(' ')
  const words = [...tokens]
  for (const { type, begin, end } of spans) {
    words[begin] = `[${words[begin]}`
    words[end - 1] += ` ${type}]`
  }
  return words.join(' ')
}
