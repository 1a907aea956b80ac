import { readWholeFile } from '../data/node-files.js'
import {
  readTaggerData,
  type TaggedText,
  Tagger,
  type TaggerColumns,
  type TaggerInput,
} from '../tasks/index.js'
import { engineFor } from './engine.js'
import { columnsOf } from './evaluate-tagger.js'
import { withInterrupt } from './interrupt.js'
import { type CommonFlags, drawBar, Terminal } from './terminal.js'

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
    const read =
      flags.data && (await readTaggerData(flags.data, { ...columnsOf(tagger, flags), requireTags: false }))
    const inputs: TaggerInput[] = [...texts, ...(read?.examples ?? [])]
    const onProgress = (fraction: number) =>
      terminal.progress(`${drawBar(fraction)} ${Math.round(fraction * 100)} %`)
    const found = await withInterrupt((signal) => tagger.predict(inputs, { signal, onProgress }))
    terminal.result(found, () => found.map((sentence) => describe(sentence, tagger.scheme.hasSpans)))
  } finally {
    engine.dispose()
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
