// Measures what is around the training steps: text to tokens and batches, how long the engine waits for data, the start of
// the command line to the first training step, and importing the package. Prints JSON on stdout, a table on stderr.
//   node bench/path.mjs [--quick] [--megabytes 1000] [--repeat 11] [--text FILE] [--only text,wait,start,import]
// The text is FILE again and again (default: made-up English with an accent here and there), in a temporary folder.
import { spawn } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import os from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const self = fileURLToPath(import.meta.url)

/** A few MB, a few steps: does every part still run? Gives what `measure` gives; its numbers mean nothing. */
export function smoke() {
  return measure({ megabytes: 1, repeat: 1, steps: 5, quick: true })
}

/** Everything, or the parts named in `only`: `text`, `wait`, `start`, `import`. */
export async function measure({
  megabytes,
  repeat,
  steps = 200,
  text,
  only = ['text', 'wait', 'start', 'import'],
  quick = false,
}) {
  const folder = mkdtempSync(join(os.tmpdir(), 'reprise-path-'))
  try {
    const sample = text === undefined ? madeUpText() : readSample(text)
    const result = { machine: machine(), load: os.loadavg()[0] }
    if (only.includes('text')) result.text = await measureText(folder, sample, megabytes, quick)
    if (only.includes('wait')) result.wait = await inChild('wait', String(steps))
    if (only.includes('start')) result.start = await measureStart(folder, sample, repeat, quick)
    if (only.includes('import')) result.import = await measureImport(repeat)
    return result
  } finally {
    rmSync(folder, { recursive: true })
  }
}

// ---- text: files → tokens on disk or in memory, as `train lm` reads them, both passes and the fingerprint

const readings = [
  { name: 'characters', settings: { unit: 'char' } },
  { name: 'characters, lower case', settings: { unit: 'char', lowercase: true } },
  { name: 'bytes', settings: { unit: 'byte' } },
  { name: 'words', settings: { unit: 'word', maxVocabulary: 50_000 } },
  {
    name: 'words and punctuation',
    settings: { unit: 'word', splitPunctuation: true, maxVocabulary: 50_000 },
  },
]

async function measureText(folder, sample, megabytes, quick) {
  const plain = join(folder, 'text.txt')
  const packed = join(folder, 'text.txt.gz')
  const bytes = writeRepeated(plain, sample, megabytes * 1e6)
  // Gzip members may follow each other in one file.
  writeRepeated(packed, gzipSync(sample, { level: 6 }), 0, Math.max(1, Math.round(bytes / sample.length)))
  const rows = []
  for (const { name, settings } of quick ? readings.slice(0, 1) : readings) {
    for (const path of [plain, packed]) {
      if (path === packed && settings.unit === 'byte') continue
      const row = await inChild('text', path, JSON.stringify(settings))
      const megabytesRead =
        (path === plain ? bytes : Math.round(bytes / sample.length) * sample.length || sample.length) / 1e6
      rows.push({
        name: path === packed ? `${name}, gzipped` : name,
        megabytes: megabytesRead,
        perSecond: megabytesRead / row.seconds,
        perProcessorSecond: megabytesRead / row.processorSeconds,
        ...row,
      })
    }
  }
  return rows
}

async function readText(path, settings) {
  const { filesSource } = await import('../dist/data/node-files.js')
  const { prepareCorpus } = await import('../dist/tasks/language-model/corpus.js')
  const source = await filesSource([path])
  const memory = []
  const timer = setInterval(() => memory.push(process.memoryUsage.rss()), 50)
  const before = process.cpuUsage()
  const began = performance.now()
  let chunks = 0
  const corpus = await prepareCorpus({ lowercase: false, validSplit: 0.1, ...settings }, source, undefined, {
    onProgress: () => {
      if (chunks++ % 64 === 0) memory.push(process.memoryUsage.rss())
    },
  })
  const seconds = (performance.now() - began) / 1000
  const used = process.cpuUsage(before)
  clearInterval(timer)
  corpus.close()
  memory.push(process.memoryUsage.rss())
  return {
    seconds,
    processorSeconds: (used.user + used.system) / 1e6,
    peakMegabytes: Math.max(...memory) / 1e6,
    // Of the second half of the time: constant memory means that it is not above the peak of the first half by much.
    lateMegabytes: Math.max(...memory.slice(memory.length >> 1)) / 1e6,
    tokens: corpus.train.length + (corpus.valid?.length ?? 0),
    vocabulary: corpus.tokenizer.vocabulary.size,
  }
}

// ---- wait: time in which the engine has nothing to do, because batches are cut, copied and results looked at

async function measureWait(steps) {
  const { loadEngine } = await import('../dist/index.js')
  const { trainLanguageModel } = await import('../dist/tasks/index.js')
  const engine = await loadEngine()
  let busy = 0
  let runs = 0
  let first = 0
  let last = 0
  const watched = new Proxy(engine, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'load') return value.bind(target)
      return (...load) => {
        const executable = target.load(...load)
        return {
          scratchBytes: executable.scratchBytes,
          runSync: () => executable.runSync(),
          dispose: () => executable.dispose(),
          run: async () => {
            const began = performance.now()
            await executable.run()
            const ended = performance.now()
            // The first steps compile code, also of ours.
            if (++runs <= steps / 5) first = ended
            else busy += ended - began
            last = ended
          },
        }
      }
    },
  })
  const { StreamBatches, tokenSequence } = await import('../dist/data/index.js')
  const text = madeUpText()
    .toString()
    .slice(0, 50 * 50 * steps + 50 * 60)
  await trainLanguageModel(text, {
    engine: watched,
    unit: 'char',
    layers: 2,
    units: 128,
    embedding: 64,
    batch: 50,
    bptt: 50,
    epochs: 1,
    validSplit: 0,
  })
  const { isa, threads, name } = engine.info
  engine.dispose()
  const ids = tokenSequence(Int32Array.from({ length: 50 * 50 * 400 }, (_, k) => k % 65))
  const batches = new StreamBatches(ids, { streams: 50, steps: 50 })
  const began = performance.now()
  let count = 0
  while (batches.next()) count++
  return {
    engine: name,
    isa,
    threads,
    steps: runs,
    millisecondsPerStep: busy / (runs - Math.floor(steps / 5)),
    waiting: 1 - busy / (last - first),
    microsecondsPerBatch: ((performance.now() - began) * 1000) / count,
  }
}

// ---- start: from the start of the process until the first training step is done

async function measureStart(folder, sample, repeat, quick) {
  const result = {}
  const cli = join(root, 'dist/node/cli.js')
  for (const [name, size] of [
    ['15 kB', 15_000],
    ['150 kB', 150_000],
    ['1 MB', 1_000_000],
  ].slice(0, quick ? 1 : 3)) {
    const data = join(folder, 'small.txt')
    writeFileSync(data, sample.subarray(0, size))
    const out = join(folder, 'model.safetensors')
    const args = ['--import', self, cli, 'train', 'lm', '--data', data, '--out', out]
    result[`train lm, ${name}, first step`] = summary(await times(repeat, () => firstStep(args)))
  }
  for (const flag of ['--version', '--help']) {
    result[flag] = summary(await times(repeat, () => timeOf([cli, flag])))
  }
  result['node alone'] = summary(await times(repeat, () => timeOf(['-e', '0'])))
  return result
}

/** Milliseconds until the mark that `watchFirstStep` writes in the child. */
async function firstStep(args) {
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    env: { ...process.env, REPRISE_FIRST_STEP: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let time
  child.stdout.on('data', () => {
    time ??= performance.now() - began
  })
  await new Promise((done) => child.on('close', done))
  if (time === undefined) throw new Error('the first step was never seen')
  return time
}

/** In the command's process: a terminal is pretended, so that every step is shown, and the first one ends it all. */
function watchFirstStep() {
  process.stderr.isTTY = true
  process.stderr.write = (text) => {
    if (!/epoch 1\/\d+ {2}loss/.test(String(text))) return true
    writeSync(1, 'first step\n')
    process.reallyExit(0)
  }
}

async function timeOf(args) {
  const began = performance.now()
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  await new Promise((done) => child.on('close', done))
  return performance.now() - began
}

// ---- import: around the import, inside of a fresh process

async function measureImport(repeat) {
  const result = {}
  for (const name of ['reprise', 'reprise/tasks']) {
    result[name] = summary(await times(repeat, async () => (await inChild('import', name)).milliseconds))
  }
  return result
}

// ---- the rest

/** Runs one measurement in a process of its own, so that none is warmed up or bloated by another. */
async function inChild(...args) {
  const child = spawn(process.execPath, [self, '--part', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (piece) => {
    output += piece
  })
  const code = await new Promise((done) => child.on('close', done))
  if (code !== 0) throw new Error(`bench/path.mjs ${args.join(' ')} ended with ${code}`)
  return JSON.parse(output)
}

async function part([name, ...args]) {
  switch (name) {
    case 'text':
      return readText(args[0], JSON.parse(args[1]))
    case 'wait':
      return measureWait(Number(args[0]))
    case 'import': {
      const began = performance.now()
      await import(args[0])
      return { milliseconds: performance.now() - began }
    }
  }
  throw new Error(`no part ${name}`)
}

async function times(repeat, body) {
  const values = []
  for (let k = 0; k < repeat; k++) values.push(await body())
  return values
}

function summary(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: sorted[sorted.length >> 1], least: sorted[0], most: sorted.at(-1), samples: values.length }
}

function readSample(path) {
  const bytes = readFileSync(path)
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

function writeRepeated(path, piece, bytes, times = Number.POSITIVE_INFINITY) {
  const file = openSync(path, 'w')
  let written = 0
  for (let k = 0; k < times && (times !== Number.POSITIVE_INFINITY || written < bytes); k++) {
    const rest = times === Number.POSITIVE_INFINITY ? bytes - written : piece.length
    written += writeSync(file, piece, 0, Math.min(piece.length, rest))
  }
  closeSync(file)
  return statSync(path).size
}

/** 4 MB of sentences: 60,000 words as frequent as in real text, capitals, punctuation, now and then an accent. */
function madeUpText() {
  let state = 1
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const letters = 'etaoinshrdlucmfwypvbgkjqxz'
  const words = Array.from({ length: 60_000 }, (_, rank) => {
    const length = 1 + Math.floor((2 + Math.log2(rank + 2) / 2) * (0.5 + draw()))
    const word = Array.from({ length }, () => letters[Math.floor(26 * draw() ** 2)]).join('')
    return draw() < 0.01 ? `${word}é` : word
  })
  const sentences = []
  for (let size = 0; size < 4e6; size += sentences.at(-1).length) {
    const chosen = Array.from(
      { length: 4 + Math.floor(20 * draw()) },
      () => words[Math.floor(60_000 ** draw()) - 1],
    )
    chosen[0] = chosen[0].charAt(0).toUpperCase() + chosen[0].slice(1)
    sentences.push(`${chosen.join(' ').replace(/(\w+ \w+) /, '$1, ')}.\n`)
  }
  return Buffer.from(sentences.join(''))
}

function machine() {
  const [processor] = os.cpus()
  return {
    processor: processor?.model ?? 'unknown',
    cores: os.availableParallelism(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  }
}

function table(result) {
  const lines = []
  for (const row of result.text ?? []) {
    lines.push(
      `${row.name.padEnd(34)} ${row.perSecond.toFixed(1).padStart(7)} MB/s  ${row.perProcessorSecond.toFixed(1).padStart(7)} MB per processor second  peak ${row.peakMegabytes.toFixed(0)} MB`,
    )
  }
  if (result.wait) {
    const { waiting, millisecondsPerStep, microsecondsPerBatch, engine, threads } = result.wait
    lines.push(
      `${`engine waits (${engine}, ${threads} threads)`.padEnd(34)} ${(waiting * 100).toFixed(2).padStart(7)} %  of steps of ${millisecondsPerStep.toFixed(1)} ms; a batch takes ${microsecondsPerBatch.toFixed(0)} µs`,
    )
  }
  for (const [name, { median, least, most }] of [
    ...Object.entries(result.start ?? {}),
    ...Object.entries(result.import ?? {}).map(([name, times]) => [`import '${name}'`, times]),
  ]) {
    lines.push(
      `${name.padEnd(34)} ${median.toFixed(0).padStart(7)} ms  (${least.toFixed(0)} to ${most.toFixed(0)})`,
    )
  }
  return lines.join('\n')
}

if (process.env.REPRISE_FIRST_STEP) {
  watchFirstStep()
} else if (process.argv[1] === self) {
  if (process.argv[2] === '--part') {
    process.stdout.write(`${JSON.stringify(await part(process.argv.slice(3)))}\n`)
  } else {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        megabytes: { type: 'string', default: '1000' },
        repeat: { type: 'string', default: '11' },
        text: { type: 'string' },
        only: { type: 'string', default: 'text,wait,start,import' },
      },
    })
    const result = values.quick
      ? await smoke()
      : await measure({
          megabytes: Number(values.megabytes),
          repeat: Number(values.repeat),
          text: values.text,
          only: values.only.split(','),
        })
    console.error(table(result))
    console.log(JSON.stringify(result, null, 2))
  }
}
