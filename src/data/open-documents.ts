import type { TextSource } from './text-source.js'

/** Files by their paths (`-` is standard input, gzip is unpacked), or a source of text that is there already. */
export async function openDocuments(input: readonly string[] | TextSource): Promise<TextSource> {
  if ('documents' in input) return input
  return (await import('./node-files.js')).filesSource(input)
}
