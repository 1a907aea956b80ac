import { WordTokenizer } from '../../../text/index.js'
import { letOthersRun } from '../../let-others-run.js'
import type { BaselineSettings } from './settings.js'

/** Called between pieces of long work: lets others run, and throws when the work is to end. */
export type Pause = () => Promise<void>

/** A pause that gives way every `milliseconds`. */
export function pauses(signal?: AbortSignal, milliseconds = 40): Pause {
  let since = performance.now()
  return async () => {
    signal?.throwIfAborted()
    if (performance.now() - since < milliseconds) return
    await letOthersRun()
    signal?.throwIfAborted()
    since = performance.now()
  }
}

/** Learns the words of texts: all that are in text at least `minDocuments` times. */
export async function learnWords(
  texts: readonly string[],
  settings: Pick<BaselineSettings, 'lowercase' | 'numberShapes'> & { readonly minDocuments: number },
  pause: Pause,
): Promise<WordTokenizer> {
  const builder = WordTokenizer.builder({
    split: 'punctuation',
    normalize: { unicode: 'NFKC', lowercase: settings.lowercase },
    // A word in two texts is there twice at least; which are in enough texts is counted with the pairs.
    minimumCount: settings.minDocuments,
  })
  for (const text of texts) {
    builder.push(shaped(text, settings.numberShapes))
    builder.endDocument()
    await pause()
  }
  return builder.build() as WordTokenizer
}

/** The words of a text, those the tokenizer does not know too: by a tokenizer of this text alone. */
export function wordsOf(text: string, { normalize, split }: WordTokenizer): string[] {
  const builder = WordTokenizer.builder({ split, normalize })
  builder.push(plain(text))
  builder.endDocument()
  const own = builder.build()
  const ids = own.encode(plain(text)).filter((id) => id !== own.lineEndId)
  return Array.from(ids, (id) => own.vocabulary.tokenOf(id))
}

/**
 * Word numbers of many texts; words the tokenizer does not know, and where `punctuation` is false marks, are −1. Line ends
 * are white space. The result for one text is valid until the next.
 */
export class WordReader {
  private readonly encoder
  private readonly left: Uint8Array
  private readonly lineEnd: number
  private buffer = new Int32Array(1 << 10)

  constructor(
    private readonly tokenizer: WordTokenizer,
    punctuation: boolean,
    private readonly numberShapes: boolean,
  ) {
    const { vocabulary, lineEndId } = tokenizer
    this.encoder = tokenizer.encoder()
    this.lineEnd = lineEndId ?? -1
    this.left = Uint8Array.from(vocabulary.tokens, (token, id) =>
      vocabulary.isSpecial(id) || (!punctuation && !/[\p{L}\p{N}\p{M}]/u.test(token)) ? 1 : 0,
    )
  }

  /** Words of the vocabulary. */
  get size(): number {
    return this.tokenizer.vocabulary.size
  }

  read(text: string): Int32Array {
    const pieces = [this.encoder.push(shaped(text, this.numberShapes)), this.encoder.endDocument()]
    const length = pieces[0]!.length + pieces[1]!.length
    if (this.buffer.length < length) this.buffer = new Int32Array(length * 2)
    let n = 0
    for (const piece of pieces) {
      for (let i = 0; i < piece.length; i++) {
        const id = piece[i]!
        if (id !== this.lineEnd) this.buffer[n++] = this.left[id] === 1 ? -1 : id
      }
    }
    return this.buffer.subarray(0, n)
  }
}

/** The text with numbers by their length; words begin and end where they did. */
function shaped(text: string, numberShapes: boolean): string {
  return numberShapes ? plain(text).replace(/\d{5,}/g, (digits) => '0'.repeat(digits.length)) : plain(text)
}

/** NUL makes tokenizers refuse a text as binary; here it is one more character between words. */
function plain(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', ' ') : text
}
