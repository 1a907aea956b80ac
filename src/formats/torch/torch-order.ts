import { RepriseError, unknownName } from '../../errors.js'
import { describeModule, sizesOf, type TorchModule } from './torch-module.js'

/** A module and what it is taken for. */
export interface PlacedModule {
  readonly module: TorchModule
  readonly type: 'LSTM' | 'GRU' | 'RNN' | 'Linear' | 'Embedding' | 'LayerNorm'
}

const most = 10

/**
 * The one order in which each module's output fits the next one's input. An embedding comes first; modules numbered under one
 * parent keep their numbers' order. Throws `ambiguous-order` when there is none or more than one, with the modules and what
 * to do.
 */
export function findOrder(modules: readonly TorchModule[]): readonly PlacedModule[] {
  const orders = modules.length > most ? [] : search(modules)
  if (orders.length === 1) return orders[0]!
  const why =
    modules.length > most
      ? `${modules.length} modules are too many to guess`
      : orders.length === 0
        ? 'their sizes fit in no order'
        : 'their sizes fit in more than one order'
  throw ambiguous(modules, why)
}

/** The modules in the order that was asked for. Throws `unknown-name`, and `ambiguous-order` when sizes do not fit. */
export function givenOrder(
  modules: readonly TorchModule[],
  order: readonly string[],
): readonly PlacedModule[] {
  const chosen = order.map((prefix) => {
    const module = modules.find((one) => one.prefix === prefix)
    if (!module)
      throw unknownName(
        'module of the file',
        prefix,
        modules.map((one) => one.prefix),
      )
    return module
  })
  const [only] = walk(chosen, (placed) => [chosen[placed.length]!])
  if (only) return only
  throw ambiguous(chosen, 'in the order given the output of one does not fit the input of the next')
}

function search(modules: readonly TorchModule[]): PlacedModule[][] {
  return walk(modules, (placed) => {
    const left = modules.filter((module) => !placed.some((other) => other.module === module))
    return left.filter((module) => !left.some((other) => comesBefore(other.prefix, module.prefix)))
  })
}

/** Depth first; two solutions are enough to know that it is not clear. */
function walk(
  modules: readonly TorchModule[],
  candidates: (placed: readonly PlacedModule[]) => readonly TorchModule[],
): PlacedModule[][] {
  const found: PlacedModule[][] = []
  const extend = (placed: readonly PlacedModule[], features: number | undefined) => {
    if (found.length === 2) return
    if (placed.length === modules.length) {
      found.push([...placed])
      return
    }
    for (const module of candidates(placed)) {
      for (const type of typesOf(module)) {
        const { input, output } = sizesOf(module, type)
        const fits = placed.length === 0 || (input !== undefined && input === features)
        if (fits) extend([...placed, { module, type }], output)
      }
    }
  }
  extend([], undefined)
  return found
}

function typesOf({ type }: TorchModule): readonly PlacedModule['type'][] {
  return type === 'Linear or Embedding' ? ['Linear', 'Embedding'] : [type]
}

/** "layers.0" and "layers.2": numbered under one parent. */
function comesBefore(a: string, b: string): boolean {
  const [first, second] = [a, b].map((prefix) => /^(.*?)(\d+)$/.exec(prefix))
  return !!first && !!second && first[1] === second[1] && Number(first[2]) < Number(second[2])
}

function ambiguous(modules: readonly TorchModule[], why: string): RepriseError {
  const list = modules.map(describeModule).join('; ')
  const prefixes = modules.map(({ prefix }) => JSON.stringify(prefix)).join(', ')
  return new RepriseError(
    'ambiguous-order',
    `cannot tell how the modules are joined: ${why} (${list}). Give the option \`order\`, such as [${prefixes}], ` +
      'with those that run one after the other',
  )
}
