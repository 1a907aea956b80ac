import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { RepriseError } from '../errors.js'
import { checkWritable, writeFileAtomic } from './node-atomic-file.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomic-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const cannotWrite = (pattern: RegExp) => (error: unknown) =>
  error instanceof RepriseError && error.code === 'cannot-write' && pattern.test(error.message)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('the pieces become the file, and nothing else is left', async () => {
  const path = join(folder, 'm.safetensors')
  await writeFileAtomic(path, [bytes('one '), new Uint8Array(0), bytes('two')])
  assert.equal(readFileSync(path, 'utf8'), 'one two')
  const later = async function* () {
    yield bytes('three')
  }
  await writeFileAtomic(path, later())
  assert.equal(readFileSync(path, 'utf8'), 'three')
  assert.deepEqual(readdirSync(folder), ['m.safetensors'])
})

test('permissions of the old file stay, and a link is followed', {
  skip: process.platform === 'win32',
}, async () => {
  const path = join(folder, 'real')
  writeFileSync(path, 'old')
  chmodSync(path, 0o640)
  symlinkSync(path, join(folder, 'link'))
  await writeFileAtomic(join(folder, 'link'), [bytes('new')])
  assert.equal(readFileSync(path, 'utf8'), 'new')
  assert.equal(statSync(path).mode & 0o777, 0o640)
  assert.deepEqual(readdirSync(folder).sort(), ['link', 'real'])
})

test('when writing fails in the middle, the old file survives and the reason is told', async () => {
  const path = join(folder, 'm')
  writeFileSync(path, 'old')
  for (const [code, reason] of [
    ['ENOSPC', /disk is full/],
    ['EDQUOT', /quota/],
    ['EIO', /disk reports/],
    ['EXYZ', /strange/],
  ] as const) {
    let written = 0
    const failing = {
      async write() {
        if (++written === 2) throw Object.assign(new Error('strange'), { code })
      },
    }
    await assert.rejects(writeFileAtomic(path, [bytes('a'), bytes('b')], failing), cannotWrite(reason))
  }
  const broken = function* () {
    yield bytes('a')
    throw new Error('from the pieces')
  }
  await assert.rejects(writeFileAtomic(path, broken()), /^Error: from the pieces/)
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.deepEqual(readdirSync(folder), ['m'])
})

/** Runs a module script that has `writeFileAtomic` and `path` in scope. */
function child(script: string, path: string, limit?: string) {
  const module = new URL('./node-atomic-file.js', import.meta.url).href
  const code = `import { writeFileAtomic } from ${JSON.stringify(module)}\nconst path = ${JSON.stringify(path)}\n${script}`
  const command = `${limit ?? ''} exec "$0" --input-type=module -e "$1"`
  return spawnSync('sh', ['-c', command, process.execPath, code], { encoding: 'utf8' })
}

test('a file beyond the size that the system allows', { skip: process.platform === 'win32' }, () => {
  const path = join(folder, 'm')
  writeFileSync(path, 'old')
  const script = `
    process.on('SIGXFSZ', () => {})
    await writeFileAtomic(path, [new Uint8Array(1 << 20)]).catch((error) => console.log(error.code, error.message))`
  const { stdout, stderr } = child(script, path, 'ulimit -f 64;')
  assert.match(stdout, /^cannot-write cannot write .*larger than this system allows/, stderr)
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.deepEqual(readdirSync(folder), ['m'])
})

test('killed while writing, the old file survives and the next write cleans up', {
  skip: process.platform === 'win32',
}, async () => {
  const path = join(folder, 'm')
  writeFileSync(path, 'old')
  const script = `
    const pieces = function* () {
      yield new Uint8Array(1000)
      process.kill(process.pid, 'SIGKILL')
      yield new Uint8Array(1000)
    }
    await writeFileAtomic(path, pieces())`
  assert.equal(child(script, path).signal, 'SIGKILL')
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.equal(readdirSync(folder).length, 2)
  writeFileSync(join(folder, '.m.notes.partial'), 'not ours')
  writeFileSync(join(folder, `.m.${process.ppid}-00000000.partial`), 'of a process that lives')
  await writeFileAtomic(path, [bytes('new')])
  assert.deepEqual(
    readdirSync(folder).sort(),
    [`.m.${process.ppid}-00000000.partial`, '.m.notes.partial', 'm'].sort(),
  )
})

test('two writes at once: one of them wins, whole', async () => {
  const path = join(folder, 'm')
  const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000))
  await Promise.all(
    texts.map((text) => writeFileAtomic(path, [bytes(text.slice(0, 50_000)), bytes(text.slice(50_000))])),
  )
  assert.ok(texts.includes(readFileSync(path, 'utf8')))
  assert.deepEqual(readdirSync(folder), ['m'])
})

test('paths that cannot be written are found beforehand, and the check leaves nothing', async () => {
  mkdirSync(join(folder, 'directory'))
  writeFileSync(join(folder, 'file'), 'old')
  const bad: [string, RegExp][] = [
    [join(folder, 'nowhere', 'm'), /there is no folder .*nowhere; make it first/],
    [join(folder, 'file', 'm'), /not a folder/],
    [join(folder, 'directory'), /it is a directory/],
    [`${join(folder, 'new')}/`, /no file name/],
    [join(folder, 'x'.repeat(300)), /name is too long/],
  ]
  if (existsSync('/dev/full')) bad.push(['/dev/full', /not an ordinary file/])
  for (const [path, pattern] of bad) {
    await assert.rejects(checkWritable(path), cannotWrite(pattern), path)
    await assert.rejects(writeFileAtomic(path, [bytes('x')]), cannotWrite(pattern), path)
  }
  await checkWritable(join(folder, 'file'))
  await checkWritable(join(folder, 'new'))
  await checkWritable(join(folder, 'y'.repeat(250)))
  assert.deepEqual(readdirSync(folder).sort(), ['directory', 'file'])
  assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'old')
})

test('without permission', { skip: process.platform === 'win32' || process.getuid?.() === 0 }, async () => {
  const path = join(folder, 'm')
  writeFileSync(path, 'old')
  chmodSync(path, 0o444)
  await assert.rejects(checkWritable(path), cannotWrite(/no permission/))
  chmodSync(folder, 0o555)
  await assert.rejects(checkWritable(join(folder, 'n')), cannotWrite(/no permission/))
  await assert.rejects(writeFileAtomic(join(folder, 'n'), [bytes('x')]), cannotWrite(/no permission/))
  chmodSync(folder, 0o755)
})
