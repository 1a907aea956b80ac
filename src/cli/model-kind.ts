/** The task a model file is for: `lm`, `classifier`, … or `model` for a model of layers, this library's or another's. */
export async function taskOf(path: string): Promise<string> {
  if (/\.(keras|h5|hdf5|json|onnx)$/i.test(path)) return 'model'
  const { readWholeFile } = await import('../data/node-files.js')
  const { readSafetensors } = await import('../formats/safetensors.js')
  const header = readSafetensors(await readWholeFile(path), path).metadata.get('reprise')
  if (header === undefined) return 'model'
  try {
    const { task } = JSON.parse(header) as { task?: unknown }
    return typeof task === 'string' ? task : 'model'
  } catch {
    return 'lm' // reading the model will say that it is damaged
  }
}
