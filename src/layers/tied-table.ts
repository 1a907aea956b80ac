import { RepriseError, unknownName } from '../errors.js'
import type { Parameter } from '../graph/parameters.js'
import { formatShape, type Shape } from '../graph/tensor.js'
import { custom } from '../options.js'
import { type BuildContext, Layer } from './layer.js'

/** The option that takes the table of an embedding for output weights (Press & Wolf 2017). */
export const tiedToField = (doc: string) =>
  custom<string | Layer | undefined>(doc, 'layer name', undefined, (value) =>
    typeof value === 'string' || value instanceof Layer
      ? { value }
      : { expected: 'an embedding layer or its name' },
  )

/** The table `shape` [units, features] of an embedding built before. Throws `unknown-name`, `shape`. */
export function tiedTable(
  context: BuildContext,
  layer: string,
  tiedTo: string | Layer,
  shape: Shape,
): Parameter {
  const other = typeof tiedTo === 'string' ? tiedTo : tiedTo.name
  const suffix = '/embeddings'
  const table = context.parameters.get(other + suffix)
  if (!table) {
    const tables = [...context.parameters].map(({ name }) => name).filter((name) => name.endsWith(suffix))
    throw unknownName(
      `embedding to tie layer "${layer}" to (it must be built first)`,
      other,
      tables.map((name) => name.slice(0, -suffix.length)),
    )
  }
  if (formatShape(table.shape) !== formatShape(shape)) {
    throw new RepriseError(
      'shape',
      `layer "${layer}": tied to "${other}" it needs a table ${formatShape(shape)} [units, input features], ` +
        `got ${formatShape(table.shape)}`,
    )
  }
  return table
}
