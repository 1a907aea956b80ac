// The main job on real text: trains a character LSTM on Moby Dick, shows the perplexity falling and the text getting
// better, saves the model and says what to type next. Sized by a short measurement so that it ends within four minutes.
//   npm run demo [-- --out FILE] [--seconds N]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chooseDemoSettings, writeSample } from './demo-settings.mjs'
import { mobyDick } from './moby-dick.mjs'

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

const text = mobyDick()
const path = join(root, 'build/demo/moby-dick.txt')
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, text)
const terminal = new Terminal({})
const engine = await loadEngine()
terminal.say(`Training a character model on Moby Dick. ${describeEngine(engine)}`)

const seconds = Number(values.seconds)
const measure = async (settings) => {
  const { model } = await trainLanguageModel(await filesSource([path]), { ...settings, engine })
  model.dispose()
}
const chosen = await chooseDemoSettings(measure, text.length, seconds)

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
          terminal.say(`    ${await writeSample(trained)}\n`)
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
