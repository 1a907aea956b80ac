// The worker: trains, and tells the page how it goes.
import { chooseDemoSettings, writeSample } from './demo-settings.mjs'
import { loadEngine, trainLanguageModel } from './reprise/reprise.js'

const seconds = 160
const controller = new AbortController()

globalThis.addEventListener('message', ({ data }) => {
  if (data === 'cancel') controller.abort()
  else {
    const { signal } = controller
    const why = (error) => (signal.aborted ? 'cancelled before there was a model' : String(error))
    train(data).catch((error) => postMessage({ failed: why(error) }))
  }
})

/** `engine` and `settings` replace what would be chosen; `characters` of the novel are used, all by default. */
async function train({ engine: engineOptions, settings, characters }) {
  const { signal } = controller
  const novel = await (await fetch('./moby-dick.txt')).text()
  const text = novel.slice(0, characters)
  const engine = await loadEngine(engineOptions)
  postMessage({ engine: engine.info })

  const measure = async (options) => {
    const { model } = await trainLanguageModel(text, { ...options, engine, signal })
    model.dispose()
  }
  const chosen = settings ?? (await chooseDemoSettings(measure, text.length, seconds))
  const losses = []
  let told = 0
  let trained
  const { model, valid } = await trainLanguageModel(text, {
    ...chosen,
    engine,
    signal,
    timeLimit: 1000 * (seconds + 40),
    onPrepared({ model, settings, parameters }) {
      trained = model
      postMessage({ settings, parameters })
    },
    callbacks: [
      {
        onStep(report) {
          losses.push(report.loss)
          if (performance.now() - told < 50) return
          told = performance.now()
          postMessage({ report })
        },
        async onEpochEnd() {
          postMessage({ sample: await writeSample(trained) })
        },
      },
    ],
  })
  postMessage({ done: { losses, valid, file: new Blob(model.toPieces()) } })
  model.dispose()
  engine.dispose()
}
