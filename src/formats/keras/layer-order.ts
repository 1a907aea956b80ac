import type { LayerEntry, ModelConfig, TensorReference } from '../model-description.js'

/**
 * The model with its layers in the order Keras gives them when it loads it, by which its stores number them: by distance
 * from the outputs, farthest first, then as a walk from the outputs back meets them. Sequential models stay as they are.
 */
export function inKerasOrder(config: ModelConfig): ModelConfig {
  if (config.kind === 'sequential') return config
  const byName = new Map(config.layers.map((entry) => [entry.name, entry]))
  const met = new Map<string, number>()
  const finished = new Set<string>()
  const calls: Call[] = []
  const keyOf = ([layer, call]: TensorReference) => `${call} ${layer}`
  const inputsOf = ([layer, call]: TensorReference) => byName.get(layer)?.calls?.[call]?.inputs ?? []
  const visit = (reference: TensorReference): void => {
    const key = keyOf(reference)
    if (finished.has(key)) return
    finished.add(key)
    const [layer] = reference
    if (!met.has(layer)) met.set(layer, met.size)
    const inputs = inputsOf(reference)
    for (const input of inputs) visit(input)
    calls.push({ key, layer, inputs: inputs.map(keyOf) })
  }
  for (const output of config.outputs ?? []) visit(output)
  const depths = depthsOf(calls)
  const rank = ({ name, layer }: LayerEntry) => {
    if (depths.has(name)) return [depths.get(name)!, met.get(name)!] as const
    return layer === 'input' ? ([0, -1] as const) : ([-1, 0] as const)
  }
  // Layers that lead to no output are not part of the model.
  const kept = config.layers.filter(({ name, layer }) => depths.has(name) || layer === 'input')
  const layers = kept.toSorted((a, b) => {
    const [depthA, metA] = rank(a)
    const [depthB, metB] = rank(b)
    return depthB - depthA || metA - metB
  })
  return { ...config, layers }
}

interface Call {
  readonly key: string
  readonly layer: string
  readonly inputs: readonly string[]
}

/** Distance of each layer from the outputs. `calls` come after what they depend on. */
function depthsOf(calls: readonly Call[]): ReadonlyMap<string, number> {
  const byCall = new Map<string, number>()
  const byLayer = new Map<string, number>()
  for (const { key, layer, inputs } of calls.toReversed()) {
    const depth = Math.max(byCall.get(key) ?? 0, byLayer.get(layer) ?? 0)
    byLayer.set(layer, depth)
    for (const input of inputs) byCall.set(input, Math.max(depth + 1, byCall.get(input) ?? 0))
  }
  return byLayer
}
