import { badFile } from '../bad-file.js'
import { openHdf5 } from '../hdf5/read.js'
import { writeHdf5 } from '../hdf5/write.js'
import { type ImportedModel, importReport } from '../import-report.js'
import type { ModelDescription } from '../model-description.js'
import { readZip, writeZip, type ZipArchive, type ZipLimits } from '../zip.js'
import { isObject, parseJsonObject } from './json.js'
import { readCompile } from './read-compile.js'
import { dialectOf, readConfig } from './read-config.js'
import { readStore } from './read-weights.js'
import { writeCompile } from './write-compile.js'
import { writeModelConfig } from './write-model.js'
import { storeGroup } from './write-weights.js'

const weightsName = 'model.weights.h5'
/** The version whose files ours look like. */
export const kerasVersion = '3.15.0'

/**
 * Reads a `.keras` archive, as Keras 2.12 and later write them. Throws `bad-archive` and `bad-file` for what is damaged or
 * no such archive, `unsupported-layer` with all layers that cannot be read; nothing is read by halves.
 *
 * ```ts
 * const { description, report } = await readKerasArchive(await readFile('model.keras'), 'model.keras')
 * console.log(formatImportReport(report))
 * ```
 */
export async function readKerasArchive(
  bytes: Uint8Array,
  name = 'model.keras',
  limits?: ZipLimits,
): Promise<ImportedModel> {
  const archive = await readZip(bytes, { name, ...(limits && { limits }) })
  const json = parseJsonObject(textOf(archive, 'config.json', name), 'config.json', name)
  const metadata = archive.has('metadata.json')
    ? parseJsonObject(textOf(archive, 'metadata.json', name), 'metadata.json', name)
    : {}
  const dialect = dialectOf(metadata.keras_version, json)
  const { config, scope } = readConfig(json, dialect, name)
  const stored = archive.get(weightsName)
  if (!stored) throw badFile(name, `it has no ${weightsName}`)
  const weights = readStore(await openHdf5(stored(), `${name}, ${weightsName}`), config, scope.cudnn, name)
  const compile = isObject(json.compile_config) ? readCompile(json.compile_config, scope) : undefined
  const format = `Keras archive of version ${String(metadata.keras_version ?? 'unknown').slice(0, 20)}`
  return {
    description: { config, weights, ...(compile && { compile }) },
    report: importReport(format, config, weights, scope.ignored, scope.notes),
  }
}

/** A file, and what its reader should know. */
export interface WrittenFile {
  readonly bytes: Uint8Array
  readonly notes: readonly string[]
}

/**
 * A `.keras` archive that Keras 3 loads. The optimizer's state is not part of it. Throws `unsupported-layer` for layers and
 * options that Keras has not, `shape` when weights are missing.
 */
export async function writeKerasArchive(description: ModelDescription): Promise<WrittenFile> {
  const { json, notes } = writeModelConfig(description.config, { legacy: false })
  const compile = writeCompile(description.compile, notes)
  const config = compile ? { ...json, compile_config: compile } : json
  // The first date that zip knows: the same model gives the same bytes.
  const metadata = { keras_version: kerasVersion, date_saved: '1980-01-01@00:00:00' }
  const bytes = await writeZip(
    new Map([
      ['metadata.json', encode(JSON.stringify(metadata))],
      ['config.json', encode(JSON.stringify(config))],
      [weightsName, writeHdf5(storeGroup(description))],
    ]),
  )
  return { bytes, notes }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function textOf(archive: ZipArchive, entry: string, name: string): string {
  const content = archive.get(entry)
  if (!content) throw badFile(name, `it has no ${entry}, so it is no Keras model`)
  return new TextDecoder().decode(content())
}
