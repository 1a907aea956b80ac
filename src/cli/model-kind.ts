/** A model of layers, this library's or another's, rather than one of a task. */
export async function isLayersModel(path: string): Promise<boolean> {
  if (/\.(keras|h5|hdf5|json|onnx)$/i.test(path)) return true
  if (!/\.safetensors$/i.test(path)) return false
  const { readWholeFile } = await import('../data/node-files.js')
  const { readSafetensors } = await import('../formats/safetensors.js')
  const header = readSafetensors(await readWholeFile(path), path).metadata.get('reprise')
  return header === undefined || (JSON.parse(header) as { task?: unknown }).task === 'model'
}
