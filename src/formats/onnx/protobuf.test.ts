import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtobufMessage, readProtobuf } from './protobuf.js'

const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array)

test('known encodings, as the specification shows them', () => {
  assert.deepEqual([...new ProtobufMessage().integer(1, 150).finish()], [0x08, 0x96, 0x01])
  assert.deepEqual(
    [...new ProtobufMessage().string(2, 'testing').finish()],
    [0x12, 7, ...Buffer.from('testing')],
  )
  const inner = new ProtobufMessage().integer(1, 150)
  assert.deepEqual([...new ProtobufMessage().message(3, inner).finish()], [0x1a, 3, 0x08, 0x96, 0x01])
  assert.deepEqual([...new ProtobufMessage().integer(1, -1).finish()].length, 11)
  assert.deepEqual([...new ProtobufMessage().float(16, 1).finish()], [0x85, 0x01, 0, 0, 0x80, 0x3f])
})

test('what is written is read back', () => {
  const field = fc.integer({ min: 1, max: 2 ** 29 - 1 })
  const integers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(
      field,
      fc.array(integers),
      fc.array(fc.string({ unit: 'grapheme' })),
      (number, values, texts) => {
        const message = new ProtobufMessage()
        for (const value of values) message.integer(number, value)
        assert.deepEqual(readProtobuf(message.finish()).get(number) ?? [], values)
        const words = new ProtobufMessage()
        for (const word of texts) words.message(number, new ProtobufMessage().string(1, word))
        const read = (readProtobuf(words.finish()).get(number) ?? []) as Uint8Array[]
        assert.deepEqual(
          read.map((bytes) => text(readProtobuf(bytes).get(1)![0])),
          texts,
        )
      },
    ),
  )
})

test('a message that is cut short is refused', () => {
  const bytes = new ProtobufMessage().string(1, 'abc').integer(2, 300).float(3, 1).finish()
  const ends = [5, 8, 13]
  for (let end = 0; end <= bytes.length; end++) {
    const read = () => readProtobuf(bytes.subarray(0, end))
    if (end === 0 || ends.includes(end)) assert.doesNotThrow(read)
    else assert.throws(read, RangeError, `cut at ${end}`)
  }
  assert.throws(() => readProtobuf(Uint8Array.of(0x0b)), /wire type 3/)
})
