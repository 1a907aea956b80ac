import { badFile } from './bad-file.js'

/** Decides what a pickle may name, call and fill; everything else a pickle can do is data. */
export interface PickleBuilder {
  find(module: string, member: string): unknown
  call(callee: unknown, args: unknown): unknown
  build(object: unknown, state: unknown): void
  tuple(items: readonly unknown[]): unknown
}

const mark = Symbol('mark')
const utf8 = new TextDecoder('utf-8', { fatal: true })
const latin1 = (bytes: Uint8Array) => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/**
 * Runs the instructions of a pickle, protocols 2 to 5, that make numbers, texts, bytes, lists and tuples; names and
 * calls go to the builder. Throws `bad-file` for any other instruction and for a pickle that is cut short.
 *
 * Instructions: Python, Lib/pickletools.py.
 */
export class PickleReader {
  private at = 0
  private readonly stack: unknown[] = []
  private readonly memo = new Map<number, unknown>()
  private readonly view: DataView

  constructor(
    private readonly bytes: Uint8Array,
    private readonly name: string,
    private readonly builder: PickleBuilder,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  read(): unknown {
    const { stack } = this
    for (;;) {
      const code = this.byte()
      if (code === 0x2e) return this.pop() // STOP
      const instruction = instructions[code]
      if (instruction === undefined) {
        throw this.damaged(
          `instruction 0x${code.toString(16)} at byte ${this.at - 1} is not one that data needs`,
        )
      }
      const value = instruction(this)
      if (value !== undefined) stack.push(value)
    }
  }

  byte(): number {
    return this.view.getUint8(this.advance(1))
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true)
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true)
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true)
  }

  float64(): number {
    return this.view.getFloat64(this.advance(8), false)
  }

  uint64(): number {
    const value = this.view.getBigUint64(this.advance(8), true)
    if (value > BigInt(this.bytes.length)) throw this.damaged('it is cut short')
    return Number(value)
  }

  /** The length of what follows, which only streams need. */
  frame(): undefined {
    this.uint64()
  }

  take(length: number): Uint8Array {
    const begin = this.advance(length)
    return this.bytes.subarray(begin, begin + length)
  }

  text(length: number): string {
    try {
      return utf8.decode(this.take(length))
    } catch (cause) {
      throw badFile(this.name, 'its pickle has a text that is not UTF-8', cause)
    }
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0 || end - this.at > 200) throw this.damaged('a name in it has no end')
    const line = latin1(this.take(end - this.at))
    this.at++
    return line
  }

  /** A whole number of any length up to 8 bytes, two's complement. */
  long(length: number): number | bigint {
    if (length > 8) throw this.damaged(`a whole number in it has ${length} bytes`)
    let value = 0n
    const bytes = this.take(length)
    for (let k = length - 1; k >= 0; k--) value = value * 256n + BigInt(bytes[k]!)
    value = BigInt.asIntN(length * 8, value)
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }

  pop(): unknown {
    if (this.stack.length === 0) throw this.damaged('a value is missing')
    return this.stack.pop()
  }

  top(): unknown {
    if (this.stack.length === 0) throw this.damaged('a value is missing')
    return this.stack[this.stack.length - 1]
  }

  /** What lies above the last mark; mark and all are taken off. */
  sinceMark(): unknown[] {
    const place = this.stack.lastIndexOf(mark)
    if (place < 0) throw this.damaged('a mark is missing')
    const items = this.stack.splice(place + 1)
    this.stack.pop()
    return items
  }

  popTuple(length: number): unknown {
    const items: unknown[] = new Array(length)
    for (let k = length - 1; k >= 0; k--) items[k] = this.pop()
    return this.builder.tuple(items)
  }

  tuple(): unknown {
    return this.builder.tuple(this.sinceMark())
  }

  append(items: readonly unknown[]): undefined {
    const list = this.top()
    if (!Array.isArray(list)) throw this.damaged('it appends to what is no list')
    for (const item of items) list.push(item)
  }

  find(module: unknown, member: unknown): unknown {
    if (typeof module !== 'string' || typeof member !== 'string') throw this.damaged('a name is no text')
    return this.builder.find(module, member)
  }

  stackGlobal(): unknown {
    const member = this.pop()
    return this.find(this.pop(), member)
  }

  reduce(): unknown {
    const args = this.pop()
    return this.builder.call(this.pop(), args)
  }

  build(): undefined {
    const state = this.pop()
    this.builder.build(this.top(), state)
  }

  remember(index = this.memo.size): undefined {
    this.memo.set(index, this.top())
  }

  recall(index: number): unknown {
    if (!this.memo.has(index)) throw this.damaged('it recalls what it never kept')
    return this.memo.get(index)
  }

  protocol(version: number): undefined {
    if (version < 2 || version > 5) throw this.damaged(`it has protocol ${version}; 2 to 5 are read`)
  }

  private advance(length: number): number {
    const begin = this.at
    if (begin + length > this.bytes.length) throw this.damaged('it is cut short')
    this.at += length
    return begin
  }

  private damaged(reason: string) {
    return badFile(this.name, `its pickle is damaged: ${reason}`)
  }
}

/** By instruction code; what one returns goes onto the stack. */
const instructions: Readonly<Record<number, (reader: PickleReader) => unknown>> = {
  128: (reader) => reader.protocol(reader.byte()), // PROTO
  149: (reader) => reader.frame(), // FRAME
  40: () => mark, // MARK
  78: () => null, // NONE
  136: () => true, // NEWTRUE
  137: () => false, // NEWFALSE
  74: (reader) => reader.int32(), // BININT
  75: (reader) => reader.byte(), // BININT1
  77: (reader) => reader.uint16(), // BININT2
  138: (reader) => reader.long(reader.byte()), // LONG1
  139: (reader) => reader.long(reader.uint32()), // LONG4
  71: (reader) => reader.float64(), // BINFLOAT
  140: (reader) => reader.text(reader.byte()), // SHORT_BINUNICODE
  88: (reader) => reader.text(reader.uint32()), // BINUNICODE
  141: (reader) => reader.text(reader.uint64()), // BINUNICODE8
  85: (reader) => latin1(reader.take(reader.byte())), // SHORT_BINSTRING
  84: (reader) => latin1(reader.take(reader.uint32())), // BINSTRING
  67: (reader) => reader.take(reader.byte()), // SHORT_BINBYTES
  66: (reader) => reader.take(reader.uint32()), // BINBYTES
  142: (reader) => reader.take(reader.uint64()), // BINBYTES8
  150: (reader) => reader.take(reader.uint64()), // BYTEARRAY8
  93: () => [], // EMPTY_LIST
  97: (reader) => reader.append([reader.pop()]), // APPEND
  101: (reader) => reader.append(reader.sinceMark()), // APPENDS
  41: (reader) => reader.popTuple(0), // EMPTY_TUPLE
  133: (reader) => reader.popTuple(1), // TUPLE1
  134: (reader) => reader.popTuple(2), // TUPLE2
  135: (reader) => reader.popTuple(3), // TUPLE3
  116: (reader) => reader.tuple(), // TUPLE
  113: (reader) => reader.remember(reader.byte()), // BINPUT
  114: (reader) => reader.remember(reader.uint32()), // LONG_BINPUT
  148: (reader) => reader.remember(), // MEMOIZE
  104: (reader) => reader.recall(reader.byte()), // BINGET
  106: (reader) => reader.recall(reader.uint32()), // LONG_BINGET
  99: (reader) => reader.find(reader.line(), reader.line()), // GLOBAL
  147: (reader) => reader.stackGlobal(), // STACK_GLOBAL
  82: (reader) => reader.reduce(), // REDUCE
  98: (reader) => reader.build(), // BUILD
}
