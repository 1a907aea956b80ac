import type { LayerEntry, LayerWeights, ModelConfig, ModelDescription } from './model-description.js'

/** One layer of an imported model. */
export interface ImportedLayer {
  readonly name: string
  readonly kind: string
  /** Numbers in its weights. */
  readonly parameters: number
}

/** What became of a file that was read. */
export interface ImportReport {
  /** "Keras 3 archive", "TensorFlow.js layers model", … */
  readonly format: string
  readonly layers: readonly ImportedLayer[]
  /** Keys of the file that say nothing here, by layer and name. */
  readonly ignored: readonly string[]
  /** What the reader should know. */
  readonly notes: readonly string[]
  /** The same inputs in both programs: the largest difference of an output. Filled by who can run the model. */
  readonly replay?: { readonly cases: number; readonly maxDifference: number }
}

/** A model that was read from a file, and what became of it. */
export interface ImportedModel {
  readonly description: ModelDescription
  readonly report: ImportReport
}

/** The report of a model whose weights are read. */
export function importReport(
  format: string,
  { layers }: ModelConfig,
  weights: readonly LayerWeights[],
  ignored: readonly string[] = [],
  notes: readonly string[] = [],
): ImportReport {
  const sizes = new Map(
    weights.map(({ layer, arrays }) => [layer, arrays.reduce((sum, { data }) => sum + data.length, 0)]),
  )
  return {
    format,
    layers: layers.map((entry) => ({
      name: entry.name,
      kind: kindOf(entry),
      parameters: sizes.get(entry.name) ?? 0,
    })),
    ignored: [...new Set(ignored)],
    notes: [...new Set(notes)],
  }
}

/** bidirectional(lstm) */
function kindOf({ layer, options }: LayerEntry): string {
  const inner = options.layer as LayerEntry | undefined
  return inner ? `${layer}(${kindOf(inner)})` : layer
}

/** The report for people, a line each. */
export function formatImportReport({ format, layers, ignored, notes, replay }: ImportReport): string {
  const width = Math.max(0, ...layers.map(({ name }) => name.length))
  const kinds = Math.max(0, ...layers.map(({ kind }) => kind.length))
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0)
  const lines = [
    `${format}: ${layers.length} layers, ${count(total)} parameters`,
    ...layers.map(({ name, kind, parameters }) =>
      `  ${name.padEnd(width)}  ${kind.padEnd(kinds)}  ${parameters === 0 ? '' : count(parameters)}`.trimEnd(),
    ),
    ...(ignored.length === 0 ? [] : [`left out: ${ignored.join('; ')}`]),
    ...notes,
  ]
  if (replay)
    lines.push(
      `replayed ${replay.cases} cases: outputs differ by at most ${replay.maxDifference.toExponential(1)}`,
    )
  return lines.join('\n')
}

const count = (value: number): string => value.toLocaleString('en-US')
