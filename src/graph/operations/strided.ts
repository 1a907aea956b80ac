import type { Address, CommandArguments, CommandName } from '../../engine/commands.generated.js'

type Emit = <Name extends CommandName>(name: Name, args: CommandArguments[Name]) => void

/** One axis of a strided walk: its length and the stride of each operand. */
export interface WalkAxis {
  length: number
  strides: number[]
}

/** Drops axes of length 1 and merges neighbours that every operand walks as one. */
export function collapse(axes: readonly WalkAxis[]): WalkAxis[] {
  const result: WalkAxis[] = []
  for (const axis of axes) {
    if (axis.length === 1) continue
    const last = result.at(-1)
    if (last?.strides.every((stride, k) => stride === axis.strides[k]! * axis.length)) {
      last.length *= axis.length
      last.strides = axis.strides.slice()
    } else {
      result.push({ length: axis.length, strides: axis.strides.slice() })
    }
  }
  return result
}

/**
 * Calls `body` with exactly four axes; walks longer than that are split into several calls, with the element offset of
 * each operand.
 */
export function walkFour(
  axes: readonly WalkAxis[],
  operands: number,
  body: (four: WalkAxis[], offsets: number[]) => void,
): void {
  const collapsed = collapse(axes)
  const outer = collapsed.slice(0, Math.max(0, collapsed.length - 4))
  const inner = collapsed.slice(outer.length)
  while (inner.length < 4) inner.unshift({ length: 1, strides: new Array<number>(operands).fill(0) })
  const visit = (depth: number, offsets: number[]): void => {
    const axis = outer[depth]
    if (!axis) {
      body(inner, offsets)
      return
    }
    for (let i = 0; i < axis.length; i++)
      visit(
        depth + 1,
        offsets.map((offset, k) => offset + i * axis.strides[k]!),
      )
  }
  visit(0, new Array<number>(operands).fill(0))
}

/** Emits strided copies; operand 0 of the axes is the source, 1 the destination. */
export function emitCopy(
  emit: Emit,
  x: Address,
  y: Address,
  axes: readonly WalkAxis[],
  accumulate = false,
): void {
  walkFour(axes, 2, (four, [xOffset, yOffset]) => {
    const [a, b, c, d] = four as [WalkAxis, WalkAxis, WalkAxis, WalkAxis]
    emit('copy', {
      x: { slot: x.slot, offset: x.offset + xOffset! },
      y: { slot: y.slot, offset: y.offset + yOffset! },
      d0: a.length,
      d1: b.length,
      d2: c.length,
      d3: d.length,
      xStride0: a.strides[0]!,
      xStride1: b.strides[0]!,
      xStride2: c.strides[0]!,
      xStride3: d.strides[0]!,
      yStride0: a.strides[1]!,
      yStride1: b.strides[1]!,
      yStride2: c.strides[1]!,
      yStride3: d.strides[1]!,
      accumulate: accumulate ? 1 : 0,
    })
  })
}
