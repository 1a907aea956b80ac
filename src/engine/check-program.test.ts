import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkProgram } from './check-program.js'
import { commandSpecs, lstmForwardSavedLength } from './commands.generated.js'
import { ProgramBuilder } from './program.js'

const at = (slot: number, offset = 0) => ({ slot, offset })

function rejects(program: ReturnType<ProgramBuilder['build']>, bytes: number[], message: RegExp): void {
  assert.throws(() => checkProgram(program, bytes), { code: 'invalid-program', message })
}

function fill(count: number, offset = 0) {
  const builder = new ProgramBuilder()
  builder.emit('fill', { y: at(0, offset), count, value: 1 })
  return builder.build()
}

test('a tensor must end inside its region, to the element', () => {
  checkProgram(fill(6, 4), [40])
  rejects(fill(7, 4), [40], /command 0 \(fill\): tensor y covers elements 4 … 10 of slot 0, which holds 10/)
  checkProgram(fill(0, 4), [0])
  rejects(fill(-1), [40], /length of -1 along count/)
})

test('damaged encodings are refused', () => {
  const good = fill(6)
  checkProgram(good, [40])
  const damage = (change: (words: Int32Array) => void) => {
    const words = good.words.slice()
    change(words)
    return { ...good, words }
  }
  rejects(
    damage((words) => (words[0] = 99)),
    [40],
    /opcode 99/,
  )
  rejects(
    damage((words) => (words[0] = -1)),
    [40],
    /opcode -1/,
  )
  rejects(
    damage((words) => (words[1] = 0)),
    [40],
    /takes 6 words/,
  )
  rejects(
    damage((words) => (words[2] = 5)),
    [40],
    /slot 5/,
  )
  rejects(
    damage((words) => (words[2] = -7)),
    [40],
    /slot -7/,
  )
  rejects(
    damage((words) => (words[2] = -1)),
    [40],
    /tensor y is missing/,
  )
  rejects(
    damage((words) => (words[3] = -1)),
    [40],
    /elements -1/,
  )
  rejects({ ...good, words: good.words.subarray(0, 4) }, [40], /holds 4/)
  rejects({ ...good, words: good.words.subarray(0, 1) }, [40], /takes 6 words/)
  rejects({ ...good, commands: 2 }, [40], /says 2 commands/)
  rejects(good, [], /refers to 1 regions/)
})

test('strided tensors are checked at both ends', () => {
  const copy = (offset: number, xStride3: number) => {
    const builder = new ProgramBuilder()
    const lengths = { d0: 1, d1: 1, d2: 2, d3: 3 }
    const xStrides = { xStride0: 0, xStride1: 0, xStride2: 10, xStride3 }
    const yStrides = { yStride0: 0, yStride1: 0, yStride2: 3, yStride3: 1 }
    builder.emit('copy', { x: at(0, offset), y: at(1), ...lengths, ...xStrides, ...yStrides, accumulate: 0 })
    return builder.build()
  }
  checkProgram(copy(0, 1), [4 * 13, 24])
  rejects(copy(0, 1), [4 * 12, 24], /tensor x covers elements 0 … 12/)
  rejects(copy(0, 1), [4 * 13, 20], /tensor y/)
  checkProgram(copy(2, -1), [4 * 13, 24])
  rejects(copy(1, -1), [4 * 13, 24], /tensor x covers elements -1/)
})

test('batches, flags and saved buffers have their own sizes', () => {
  const matmul = (cBatchStride: number) => {
    const builder = new ProgramBuilder()
    const strides = { aBatchStride: 0, bBatchStride: 6, cBatchStride }
    const sizes = { batch: 3, M: 4, N: 2, K: 3, transposeA: 0, transposeB: 0, accumulate: 0 }
    builder.emit('matmul', { a: at(0), b: at(1), c: at(2), ...sizes, ...strides })
    return builder.build()
  }
  checkProgram(matmul(8), [48, 72, 96])
  rejects(matmul(8), [44, 72, 96], /tensor a/)
  rejects(matmul(8), [48, 68, 96], /tensor b/)
  rejects(matmul(9), [48, 72, 96], /tensor c/)

  const [N, T, I, H] = [2, 3, 4, 5]
  const gru = (resetAfter: number) => {
    const builder = new ProgramBuilder()
    const tensors = { x: at(0), kernel: at(1), recurrentKernel: at(2), bias: at(3) }
    const flags = { reverse: 0, activation: 1, recurrentActivation: 2, zeroOutput: 0, dropoutGates: 1 }
    builder.emit('gruForward', { ...tensors, N, T, I, H, ...flags, resetAfter })
    return builder.build()
  }
  const bytes = [4 * N * T * I, 12 * I * H, 12 * H * H, 12 * H]
  checkProgram(gru(0), bytes)
  rejects(gru(1), bytes, /tensor bias/)

  const saved = lstmForwardSavedLength({ N, T, I, H, dropoutGates: 1 })
  const lstm = new ProgramBuilder()
  const flags = { reverse: 0, activation: 1, recurrentActivation: 2, zeroOutput: 0, dropoutGates: 1 }
  lstm.emit('lstmBackward', {
    x: at(0),
    kernel: at(1),
    recurrentKernel: at(2),
    saved: at(3),
    N,
    T,
    I,
    H,
    ...flags,
    accumulate: 0,
  })
  checkProgram(lstm.build(), [4 * N * T * I, 16 * I * H, 16 * H * H, 4 * saved])
  rejects(lstm.build(), [4 * N * T * I, 16 * I * H, 16 * H * H, 4 * saved - 4], /tensor saved/)
})

test('every shape of the manifest is understood', () => {
  for (const spec of commandSpecs) {
    const words = [spec.opcode, 0]
    for (const argument of spec.args) words.push(...(argument.kind === 'tensor' ? [0, 0] : [1]))
    words[1] = words.length
    checkProgram(
      { words: Int32Array.from(words), commands: 1, slots: 1, flops: 0, precision: 'float32' },
      [4096],
    )
  }
})
