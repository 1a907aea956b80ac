import { RandomStream } from '../random.js'

const words = 'the cat sat on a mat while dogs ran over green hills and birds sang old songs of rain'.split(
  ' ',
)

/** Sentences of a few words, one a line; the same lines for the same seed. About 30 characters a line. */
export function exampleText(lines: number, seed = 7): string {
  const random = new RandomStream(seed, 'example text')
  let text = ''
  for (let line = 0; line < lines; line++) {
    const sentence = Array.from({ length: 4 + random.integer(6) }, () => words[random.integer(words.length)])
    text += `${sentence.join(' ')}.\n`
  }
  return text
}

/** Settings of a language model that trains in a moment. */
export const tinyModel = {
  units: 16,
  embedding: 8,
  layers: 1,
  batch: 4,
  bptt: 16,
  epochs: 2,
  lr: 0.01,
} as const
