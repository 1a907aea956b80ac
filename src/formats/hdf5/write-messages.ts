import { RepriseError } from '../../errors.js'
import type { ByteWriter } from './byte-writer.js'
import { dataspace, type HeaderMessage } from './header-message.js'

/** A text, or a list of texts. */
export type WrittenAttribute = string | readonly string[]

/** A header message is counted in two bytes. */
export const mostListBytes = 65_000

/**
 * Messages of the attributes of an object. A text lies outside the header in a heap, where it may be long; a list of texts
 * inside, each as wide as the longest. Throws `too-large` for a list that does not fit.
 */
export function messagesOf(
  writer: ByteWriter,
  attributes: Readonly<Record<string, WrittenAttribute>>,
): HeaderMessage[] {
  return Object.entries(attributes).map(([name, value]) =>
    typeof value === 'string' ? textMessage(writer, name, value) : listMessage(name, value),
  )
}

function textMessage(writer: ByteWriter, name: string, text: string): HeaderMessage {
  const encoded = new TextEncoder().encode(text)
  const heap = writeHeap(writer, encoded)
  return attribute(name, variableText, [], (out) => out.word(encoded.length).address(heap).word(1))
}

function listMessage(name: string, texts: readonly string[]): HeaderMessage {
  const encoded = texts.map((text) => new TextEncoder().encode(text))
  const width = encoded.reduce((most, { length }) => Math.max(most, length), 1)
  if (width * texts.length > mostListBytes) {
    throw new RepriseError(
      'too-large',
      `HDF5: the list "${name}" would take ${width * texts.length} bytes, and ${mostListBytes} are the limit. Use shorter names.`,
    )
  }
  return attribute(name, fixedText(width), [texts.length], (out) => {
    const begin = out.length
    for (const [k, text] of encoded.entries()) out.padTo(begin + k * width).bytes(text)
    out.padTo(begin + texts.length * width)
  })
}

/** A heap with one object, a text. */
function writeHeap(writer: ByteWriter, text: Uint8Array): number {
  const address = writer.align().length
  const padded = Math.ceil(text.length / 8) * 8
  const smallest = 4096
  const used = 16 + 16 + padded
  const size = Math.max(smallest, used + 16)
  writer.text('GCOL').byte(1).byte(0).short(0).address(size)
  writer.short(1).short(0).word(0).address(text.length).bytes(text)
  writer.padTo(address + used)
  // What is left is object 0, the free space, its own header counted.
  writer
    .short(0)
    .short(0)
    .word(0)
    .address(size - used)
  writer.padTo(address + size)
  return address
}

type Part = (out: ByteWriter) => void

function attribute(name: string, type: Part, shape: readonly number[], data: Part): HeaderMessage {
  return {
    type: 0x0c,
    content: (out) => {
      const encoded = new TextEncoder().encode(`${name}\0`)
      out.byte(1).byte(0).short(encoded.length)
      const typeSize = out.reserve(2)
      const spaceSize = out.reserve(2)
      const begin = out.length
      out.bytes(encoded).padTo(begin + Math.ceil(encoded.length / 8) * 8)
      for (const [place, part] of [
        [typeSize, type],
        [spaceSize, (to: ByteWriter) => dataspace(to, shape)],
      ] as const) {
        const from = out.length
        part(out)
        const written = out.length - from
        out.within(place, () => out.short(written))
        out.padTo(from + Math.ceil(written / 8) * 8)
      }
      data(out)
    },
  }
}

/** UTF-8 of fixed width, zeros behind. */
const fixedText =
  (width: number): Part =>
  (out) =>
    out.byte(0x13).byte(0x11).short(0).word(width)

/** UTF-8 of any length: class 9 over single bytes of class 3. */
const variableText: Part = (out) => {
  out.byte(0x19).byte(0x01).byte(0x01).byte(0).word(16)
  out.byte(0x13).byte(0x10).short(0).word(1)
}
