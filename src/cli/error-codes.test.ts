import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** All codes in the files of a folder, by a pattern with the code as its group. */
function codesIn(folder: string, keep: (name: string) => boolean, pattern: RegExp): Set<string> {
  const names = readdirSync(`${root}${folder}`, { recursive: true }) as string[]
  const texts = names.filter(keep).map((name) => readFileSync(`${root}${folder}/${name}`, 'utf8'))
  // Layers call super with a name as well; only errors give a code.
  const own = (text: string) =>
    /extends \w*Error\b/.test(text) ? text : text.replaceAll(/\bsuper\(/g, 'base(')
  return new Set(texts.flatMap((text) => [...own(text).matchAll(pattern)].map(([, code]) => code!)))
}

test('docs/errors.md lists every code, and no others', () => {
  const isSource = (name: string) => name.endsWith('.ts') && !/\.test\.ts$|^testing\b/.test(name)
  const thrown = new Set([
    ...codesIn('src', isSource, /(?:RepriseError|super)\(\s*'([a-z0-9-]+)'/g),
    ...codesIn(
      'kernels/host/native',
      (name) => name.endsWith('.cc'),
      /(?:make_error|fail)\(\s*\w+,\s*"([a-z0-9-]+)"/g,
    ),
  ])
  const page = readFileSync(`${root}docs/errors.md`, 'utf8')
  const listed = [...page.matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map(([, code]) => code!)
  assert.ok(thrown.size > 40)
  assert.deepEqual(listed.sort(), [...thrown].sort())
})
