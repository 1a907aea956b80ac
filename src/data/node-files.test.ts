import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RepriseError } from '../errors.js'
import { filesSource, readWholeFile } from './node-files.js'
import type { TextSource } from './text-source.js'

const folder = mkdtempSync(join(tmpdir(), 'files-test-'))
after(() => rmSync(folder, { recursive: true }))
const text = 'one line\nanother line é\n'.repeat(50_000)
const paths = {
  plain: join(folder, 'plain.txt'),
  zipped: join(folder, 'zipped.txt.gz'),
  disguised: join(folder, 'disguised.txt'),
  cut: join(folder, 'cut.gz'),
  notZipped: join(folder, 'plain.gz'),
  empty: join(folder, 'empty.txt'),
  tiny: join(folder, 'tiny.txt'),
}
writeFileSync(paths.plain, text)
writeFileSync(paths.zipped, gzipSync(text))
writeFileSync(paths.disguised, gzipSync(text))
writeFileSync(paths.cut, gzipSync(text).subarray(0, 500))
writeFileSync(paths.notZipped, text)
writeFileSync(paths.empty, '')
writeFileSync(paths.tiny, 'x')
mkdirSync(join(folder, 'books'))

async function read(source: TextSource): Promise<Record<string, string>> {
  const result: Record<string, string> = {}
  for await (const { name, chunks } of source.documents()) {
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk as Uint8Array)
    result[name] = Buffer.concat(parts).toString()
  }
  return result
}

const failure = (code: string, pattern: RegExp) => (error: unknown) =>
  error instanceof RepriseError && error.code === code && pattern.test(error.message)

test('files are read in order, gzipped or not, whatever they are called, and again', async () => {
  const order = [paths.zipped, paths.plain, paths.disguised, paths.empty, paths.tiny]
  const source = await filesSource(order)
  assert.equal(source.reopenable, true)
  for (let pass = 0; pass < 2; pass++) {
    const found = await read(source)
    assert.deepEqual(Object.keys(found), order)
    assert.deepEqual(Object.values(found), [text, text, text, '', 'x'])
  }
  assert.equal((await filesSource([paths.plain])).bytes, Buffer.byteLength(text))
  for (const path of [paths.plain, paths.zipped])
    assert.equal(Buffer.from(await readWholeFile(path)).toString(), text)
})

test('a file is not read further than asked', async () => {
  for (const path of [paths.plain, paths.zipped]) {
    for await (const { chunks } of (await filesSource([path])).documents()) {
      for await (const chunk of chunks) {
        assert.ok(chunk.length > 0)
        break
      }
    }
  }
})

test('wrong paths are found before reading, with advice', async () => {
  await assert.rejects(
    filesSource([paths.plain, join(folder, 'plane.txt')]),
    failure('file-not-found', /Did you mean .*plain\.txt\?/),
  )
  await assert.rejects(
    filesSource([join(folder, 'nowhere', 'a.txt')]),
    failure('file-not-found', /no folder .*nowhere either/),
  )
  await assert.rejects(filesSource([join(paths.plain, 'a.txt')]), failure('file-not-found', /./))
  await assert.rejects(filesSource([join(folder, 'books')]), failure('is-a-directory', /books\/\*\.txt/))
  await assert.rejects(filesSource([]), failure('bad-input', /./))
  await assert.rejects(filesSource(['-', '-']), failure('bad-input', /standard input/))
  await assert.rejects(readWholeFile(folder), failure('is-a-directory', /./))
})

test('damaged gzip files are named', async () => {
  await assert.rejects(
    filesSource([paths.cut]).then(read),
    failure('damaged-file', /cut\.gz is a damaged gzip file/),
  )
  await assert.rejects(filesSource([paths.notZipped]).then(read), failure('damaged-file', /not gzipped/))
  await assert.rejects(readWholeFile(paths.cut), failure('damaged-file', /cut\.gz/))
})

test('- is standard input, gzipped or not', () => {
  const module = new URL('./node-files.js', import.meta.url).href
  const script = `
    import { filesSource } from ${JSON.stringify(module)}
    const source = await filesSource(['-'])
    if (source.reopenable || source.name !== 'standard input') throw new Error('reopenable')
    for await (const { chunks } of source.documents()) for await (const chunk of chunks) process.stdout.write(chunk)`
  for (const input of [Buffer.from(text), gzipSync(text), Buffer.alloc(0)]) {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      input,
      maxBuffer: 1 << 25,
    })
    assert.equal(child.stderr.toString(), '')
    assert.equal(child.stdout.toString(), input.length === 0 ? '' : text)
  }
})
