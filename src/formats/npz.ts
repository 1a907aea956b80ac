import { readNpy } from './npy.js'
import type { NumpyArray } from './numpy-types.js'
import { readZip, type ZipLimits } from './zip.js'

/** Arrays by name, in the order of the archive; calling one reads it. */
export type NpzFile = ReadonlyMap<string, () => NumpyArray>

/**
 * Opens a `.npz` archive of NumPy (`savez`, `savez_compressed`) that lies in memory. Entries that are no `.npy` files are
 * left out. Throws what `readZip` and `readNpy` throw.
 *
 * @example
 * const arrays = await readNpz(await readFile('imdb.npz'), { name: 'imdb.npz' })
 * const labels = arrays.get('y_train')!()
 */
export async function readNpz(
  bytes: Uint8Array,
  { name = 'archive', limits = {} }: { readonly name?: string; readonly limits?: ZipLimits } = {},
): Promise<NpzFile> {
  const arrays = new Map<string, () => NumpyArray>()
  for (const [entry, unpack] of await readZip(bytes, { name, limits })) {
    if (!entry.endsWith('.npy')) continue
    arrays.set(entry.slice(0, -'.npy'.length), () => readNpy(unpack(), `${name}, ${entry}`))
  }
  return arrays
}
