import { RepriseError } from '../errors.js'
import { type Shape, sizeOf } from './tensor.js'

/** Fills the initial value of a parameter: gets its shape and must return that many values. */
export type ParameterInitializer = (shape: Shape) => Float32Array

export interface ParameterOptions {
  readonly initializer: ParameterInitializer
  /** Updated by training; default true. May be changed between compiles. */
  readonly trainable?: boolean
  /** Weight decay applies; default true. Biases usually say false. */
  readonly decay?: boolean
}

/** A named weight and its place in the flat parameter vector. */
export class Parameter {
  trainable: boolean
  readonly decay: boolean
  readonly size: number
  readonly initializer: ParameterInitializer

  constructor(
    readonly name: string,
    readonly shape: Shape,
    /** First element in the flat vectors of parameters, gradients and optimizer state. */
    readonly offset: number,
    options: ParameterOptions,
  ) {
    this.size = sizeOf(shape)
    this.trainable = options.trainable ?? true
    this.decay = options.decay ?? true
    this.initializer = options.initializer
  }
}

const alignment = 16 // elements: every parameter starts on a 64-byte boundary

/** All parameters of a model, laid out in one flat vector in the order they were added. */
export class ParameterSet implements Iterable<Parameter> {
  private readonly list: Parameter[] = []
  private readonly byName = new Map<string, Parameter>()
  private end = 0

  /** Adds a parameter. Throws `duplicate-parameter` when the name is taken. */
  add(name: string, shape: Shape, options: ParameterOptions): Parameter {
    if (this.byName.has(name))
      throw new RepriseError('duplicate-parameter', `two parameters are named "${name}"`)
    if (!shape.every((length) => Number.isSafeInteger(length) && length > 0)) {
      throw new RepriseError(
        'shape',
        `parameter "${name}" has shape [${shape.join(', ')}]; every axis must be at least 1`,
      )
    }
    const parameter = new Parameter(name, shape, this.end, options)
    this.end = Math.ceil((this.end + parameter.size) / alignment) * alignment
    this.list.push(parameter)
    this.byName.set(name, parameter)
    return parameter
  }

  get(name: string): Parameter | undefined {
    return this.byName.get(name)
  }

  /** Elements of the flat vector, alignment gaps included. */
  get length(): number {
    return this.end
  }

  /** Number of weights, gaps not counted. */
  get count(): number {
    return this.list.reduce((sum, parameter) => sum + parameter.size, 0)
  }

  /** Maximal stretches of the flat vector whose parameters are trainable and agree on weight decay. */
  trainableStretches(): { offset: number; count: number; decay: boolean }[] {
    const stretches: { offset: number; count: number; decay: boolean }[] = []
    let open = false
    for (const [index, parameter] of this.list.entries()) {
      const end = this.list[index + 1]?.offset ?? this.end
      const last = stretches.at(-1)
      if (!parameter.trainable) {
        open = false
      } else if (open && last && last.decay === parameter.decay) {
        last.count = end - last.offset
      } else {
        stretches.push({ offset: parameter.offset, count: end - parameter.offset, decay: parameter.decay })
        open = true
      }
    }
    return stretches
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.list[Symbol.iterator]()
  }
}
