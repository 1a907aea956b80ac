import { RepriseError } from '../errors.js'
import type { WeightFormat } from '../quantization.js'
import { type Packing, packingOf } from './packed-weights.js'
import { type Shape, sizeOf, type Tensor } from './tensor.js'

/** Fills the initial value of a parameter: gets its shape and must return that many values. */
export type ParameterInitializer = (shape: Shape) => Float32Array

export interface ParameterOptions {
  readonly initializer: ParameterInitializer
  /** Updated by training; default true. May be changed between compiles. */
  readonly trainable?: boolean
  /** Weight decay applies; default true. Biases usually say false. */
  readonly decay?: boolean
  /**
   * Where a program only picks rows of it, its gradient is the list of these rows, and optimizers update no others: for
   * tables too large to be read in every step. Default false.
   */
  readonly rowGradient?: boolean
  /** Its penalty is added to the loss of models (Keras's regularizers): value → one element. */
  readonly regularizer?: ((value: Tensor) => Tensor) | undefined
  /** What a value becomes after each update (Keras's constraints), of the same shape. */
  readonly constraint?: ((value: Tensor) => Tensor) | undefined
}

/** A named weight and its place in the flat parameter vector. */
export class Parameter {
  readonly decay: boolean
  readonly rowGradient: boolean
  /** Values. */
  readonly size: number
  /** Elements of 32 bits it takes in the flat vectors. */
  readonly length: number
  readonly initializer: ParameterInitializer
  readonly regularizer: ((value: Tensor) => Tensor) | undefined
  readonly constraint: ((value: Tensor) => Tensor) | undefined
  /** False for statistics, which training never updates by gradient. */
  readonly canTrain: boolean
  /** The weight itself, of which this is the place in one set; sets that share a weight have the same origin. */
  readonly origin: Parameter
  /** Which of the optimizer's rates it learns at; set while `fit` trains with rates by group, else 0. */
  rateGroup = 0
  private isTrainable: boolean

  constructor(
    readonly name: string,
    readonly shape: Shape,
    /** First element in the flat vectors of parameters, gradients and optimizer state. */
    readonly offset: number,
    options: ParameterOptions,
    origin?: Parameter,
    /** How it is packed in fewer bits; absent: plain float32. */
    readonly packing?: Packing | undefined,
  ) {
    this.size = sizeOf(shape)
    this.length = packing?.length ?? this.size
    this.canTrain = options.trainable ?? true
    this.isTrainable = this.canTrain
    this.decay = options.decay ?? true
    this.rowGradient = options.rowGradient ?? false
    this.initializer = options.initializer
    this.regularizer = options.regularizer
    this.constraint = options.constraint
    this.origin = origin ?? this
  }

  /** Whether training updates it; the same in every set that shares the weight. */
  get trainable(): boolean {
    return this.origin.isTrainable
  }

  set trainable(value: boolean) {
    this.origin.isTrainable = value
  }
}

const alignment = 16 // elements: every parameter starts on a 64-byte boundary

/** All parameters of a model, laid out in one flat vector in the order they were added. */
export class ParameterSet implements Iterable<Parameter> {
  private readonly list: Parameter[] = []
  private readonly byName = new Map<string, Parameter>()
  private readonly byOrigin = new Map<Parameter, Parameter>()
  private end = 0

  /** Kernels and embedding tables are kept so; anything but float32 cannot be trained. */
  readonly weights: WeightFormat

  /** `decayAll`: weight decay applies to every parameter, as in Keras. */
  constructor(
    private readonly options: {
      readonly decayAll?: boolean
      readonly weights?: WeightFormat | undefined
    } = {},
  ) {
    this.weights = options.weights ?? 'float32'
  }

  /** Adds a parameter. Throws `duplicate-parameter` when the name is taken. */
  add(name: string, shape: Shape, options: ParameterOptions): Parameter {
    return this.place(name, shape, options)
  }

  /**
   * Gives a weight of another set a place in this one, under a name of its own; both then stand for the same weight. Adds
   * nothing when it is here already. Throws `duplicate-parameter` when the name is taken.
   */
  adopt(parameter: Parameter, name = parameter.name): Parameter {
    const { origin, shape, decay, rowGradient, initializer, regularizer, constraint, canTrain } = parameter
    const options = { initializer, decay, rowGradient, regularizer, constraint, trainable: canTrain }
    return this.byOrigin.get(origin) ?? this.place(name, shape, options, origin)
  }

  /** The place here of a weight that may come from another set. */
  resolve(parameter: Parameter): Parameter | undefined {
    return this.byOrigin.get(parameter.origin)
  }

  private place(name: string, shape: Shape, options: ParameterOptions, origin?: Parameter): Parameter {
    if (this.byName.has(name))
      throw new RepriseError('duplicate-parameter', `two parameters are named "${name}"`)
    if (!shape.every((length) => Number.isSafeInteger(length) && length > 0)) {
      throw new RepriseError(
        'shape',
        `parameter "${name}" has shape [${shape.join(', ')}]; every axis must be at least 1`,
      )
    }
    const own = this.options.decayAll ? { ...options, decay: true } : options
    const packing = packingOf(this.weights, name, shape)
    const parameter = new Parameter(name, shape, this.end, own, origin, packing)
    this.end = Math.ceil((this.end + parameter.length) / alignment) * alignment
    this.list.push(parameter)
    this.byName.set(name, parameter)
    this.byOrigin.set(parameter.origin, parameter)
    return parameter
  }

  get(name: string): Parameter | undefined {
    return this.byName.get(name)
  }

  /** Elements of the flat vector, alignment gaps included. */
  get length(): number {
    return this.end
  }

  /** Bytes of all weights as they are kept, gaps not counted. */
  get bytes(): number {
    return this.list.reduce((sum, { length }) => sum + 4 * length, 0)
  }

  /** Number of weights, gaps not counted. */
  get count(): number {
    return this.list.reduce((sum, parameter) => sum + parameter.size, 0)
  }

  /**
   * Maximal stretches of the flat vector whose parameters are trainable, not left out, and agree on weight decay and
   * group.
   */
  trainableStretches(
    leftOut: ReadonlyMap<Parameter, unknown> = new Map(),
  ): { offset: number; count: number; decay: boolean; rateGroup: number }[] {
    const stretches: { offset: number; count: number; decay: boolean; rateGroup: number }[] = []
    let open = false
    for (const [index, parameter] of this.list.entries()) {
      const end = this.list[index + 1]?.offset ?? this.end
      const last = stretches.at(-1)
      if (!parameter.trainable || leftOut.has(parameter)) {
        open = false
        continue
      }
      const { offset, decay, rateGroup } = parameter
      if (open && last && last.decay === decay && last.rateGroup === rateGroup) {
        last.count = end - last.offset
      } else {
        stretches.push({ offset, count: end - offset, decay, rateGroup })
        open = true
      }
    }
    return stretches
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.list[Symbol.iterator]()
  }
}
