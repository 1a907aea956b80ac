import { RepriseError } from '../errors.js'
import type { Parameter, ParameterInitializer, ParameterOptions, ParameterSet } from '../graph/parameters.js'
import type { Shape } from '../graph/tensor.js'
import type { RandomStream } from '../random.js'
import type { Initializer, Layer } from './layer.js'

export type WeightOptions = Omit<ParameterOptions, 'initializer'>

/** What `build` gets: where parameters go, and the model's source of randomness. */
export class BuildContext {
  private readonly names = new Map<string, Layer>()

  constructor(
    readonly parameters: ParameterSet,
    /** A stream of its own for each parameter, so that adding a layer does not change the others' draws. */
    private readonly stream: (name: string) => RandomStream,
    /** Put before every name: "encoder/". */
    readonly prefix = '',
    private readonly collected: Parameter[] = [],
  ) {}

  /** The context of the layers inside `layer`: names begin with its name. */
  inside(layer: Layer): BuildContext {
    return new BuildContext(this.parameters, this.stream, `${this.prefix}${layer.name}/`, this.collected)
  }

  /** Adds the parameter `layer/name`. */
  weight(
    layer: string,
    name: string,
    shape: Shape,
    initializer: Initializer,
    options: WeightOptions = {},
  ): Parameter {
    const full = `${this.prefix}${layer}/${name}`
    const draw: ParameterInitializer = (own) => initializer(own, this.stream(full))
    const parameter = this.parameters.add(full, shape, { initializer: draw, ...options })
    this.collected.push(parameter)
    return parameter
  }

  /** Gives weights of a layer built elsewhere a place here, under the names they would have had. */
  adopt(weights: readonly Parameter[], before: string, now: string): void {
    for (const weight of weights) {
      const inside = weight.name.startsWith(before) ? weight.name.slice(before.length) : weight.name
      this.parameters.adopt(weight, this.prefix + now + inside)
      this.collected.push(weight)
    }
  }

  /** The parameters `body` adds or adopts, in order. */
  collect(body: () => void): readonly Parameter[] {
    const before = this.collected.length
    body()
    return this.collected.slice(before)
  }

  /**
   * Takes a layer name: the given one, or lstm, lstm_1, lstm_2 … in the order of building. A layer keeps the name it has
   * taken, unless it was chosen for it and another layer has it here. Throws `duplicate-name` for two layers given one name.
   */
  claimName(layer: Layer, given: string | undefined, base: string, isAutomatic = false): string {
    const holder = given === undefined ? undefined : this.names.get(given)
    if (holder && holder !== layer && isAutomatic) return this.claimName(layer, undefined, base)
    if (holder && holder !== layer) {
      throw new RepriseError(
        'duplicate-name',
        `two layers are named "${given}"; give one of them another name`,
      )
    }
    let name = given ?? base
    for (let count = 1; this.names.has(name) && !holder; count++) name = `${base}_${count}`
    this.names.set(name, layer)
    return name
  }
}
