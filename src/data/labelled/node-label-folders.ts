import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RepriseError } from '../../errors.js'
import { compareCodePoints } from '../../preprocessing/code-point-order.js'
import type { LabelledTextsOptions } from '../labelled-texts.js'
import { readWholeFile } from '../node-files.js'
import { allLines, TextLines } from '../text-lines.js'
import type { Collector } from './collector.js'

const readAtOnce = 32

export async function isFolder(path: string): Promise<boolean> {
  return path !== '-' && ((await stat(path).catch(() => undefined))?.isDirectory() ?? false)
}

const parts = /^(train|training|test|testing|valid|validation|val|dev)$/i

/**
 * A folder with one folder per label, each text a file of its own, in folders within folders too. Files beside the folders are counted, not read;
 * where no labels are required, a folder of files alone is read as texts. Throws `is-a-directory` for a folder that is not of this kind.
 */
export async function readLabelFolders(
  folder: string,
  collector: Collector,
  options: LabelledTextsOptions,
): Promise<void> {
  const { notes } = collector
  const found = await list(folder)
  const required = options.requireLabels ?? true
  if (found.folders.length === 0 && (required || found.files.length === 0)) {
    const example = found.files.find((name) => /\.(csv|tsv|jsonl?|txt)(\.gz)?$/i.test(name))
    throw new RepriseError(
      'is-a-directory',
      `${folder} has no folder for each label. ${
        example === undefined
          ? 'Give a folder with folders named by the labels, texts in them.'
          : `Give the files in it, for example ${join(folder, example)}.`
      }`,
    )
  }
  if (found.folders.length > 0 && found.folders.every((name) => parts.test(name))) {
    throw new RepriseError(
      'is-a-directory',
      `${folder} holds ${found.folders.join(' and ')}, which are parts of a data set, not labels. Give one of them, for example ${join(folder, found.folders[0]!)}.`,
    )
  }
  collector.format ??= 'folders'
  if (collector.format !== 'folders') notes.add('files of another format, folders', folder)
  for (const name of found.folders) {
    const paths = await filesUnder(join(folder, name))
    if (paths.length === 0) notes.add('folders without a file', join(folder, name))
    await collectFiles(paths, [name], collector, options)
  }
  const beside = found.files.map((name) => join(folder, name))
  if (found.folders.length === 0) await collectFiles(beside, undefined, collector, options)
  else if (beside.length > 0)
    notes.add('files beside the folders of labels, not read', beside[0], beside.length)
}

/** Reads several files at a time, and adds them in their order. */
async function collectFiles(
  paths: readonly string[],
  labels: readonly string[] | undefined,
  collector: Collector,
  options: LabelledTextsOptions,
): Promise<void> {
  const { notes } = collector
  for (let at = 0; at < paths.length; at += readAtOnce) {
    const group = paths.slice(at, at + readAtOnce)
    const texts = await Promise.all(
      group.map(async (path) => {
        const bytes = await readWholeFile(path)
        const decoder = new TextLines({ name: path, chunks: [bytes] }, notes, options.encoding)
        try {
          const text = (await allLines(decoder)).join('\n')
          if (bytes.length > 0) collector.encodings.add(decoder.encoding)
          if (decoder.encoding !== 'utf-8') notes.add(`files in ${decoder.encoding}`, path)
          return text
        } catch (error) {
          if (!(error instanceof RepriseError) || error.code !== 'binary-text') throw error
          notes.add('files that are no text, left out', path)
          return undefined
        }
      }),
    )
    for (const [i, text] of texts.entries()) if (text !== undefined) collector.add(text, labels, group[i]!)
  }
}

/** All files of a folder and the folders in it, by name. */
async function filesUnder(folder: string): Promise<string[]> {
  const { folders, files } = await list(folder)
  const inner = await Promise.all(folders.map((name) => filesUnder(join(folder, name))))
  return [...files.map((name) => join(folder, name)), ...inner.flat()]
}

/** Names in a folder, sorted, without hidden ones; links are followed. */
async function list(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = []
  const files: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    const directory = entry.isSymbolicLink() ? await isFolder(join(folder, entry.name)) : entry.isDirectory()
    if (directory) folders.push(entry.name)
    else files.push(entry.name)
  }
  return { folders: folders.sort(compareCodePoints), files: files.sort(compareCodePoints) }
}
