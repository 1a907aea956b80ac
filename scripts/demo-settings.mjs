// What the demo trains, in Node (demo.mjs) and in a page (examples/browser): settings and how one of the sizes is chosen.

const common = { unit: 'char', cell: 'lstm', layers: 1, embedding: 64, dropout: 0.1, bptt: 100, lr: 4e-3 }
/** The first with which this machine gets through the novel often enough is taken, else the last. */
const sizes = [
  { units: 384, batch: 32, passes: 4 },
  { units: 256, batch: 16, passes: 3 },
  { units: 192, batch: 16, passes: 0 },
]

/**
 * Settings with which a training on `characters` of text ends after about `seconds` on this machine. How fast it is, a few
 * steps tell: `train(settings)` trains, and is given settings that end after three seconds.
 */
export async function chooseDemoSettings(train, characters, seconds) {
  let chosen
  for (const { units, batch, passes } of sizes) {
    let speed = 0
    const callbacks = [{ onStep: (report) => (speed = report.tokensPerSecond) }]
    await train({ ...common, units, batch, epochs: 1, timeLimit: 3000, validSplit: 0, callbacks })
    const possible = Math.floor((seconds * speed) / (0.9 * characters))
    chosen = { ...common, units, batch, epochs: Math.max(1, Math.min(8, possible)) }
    if (possible >= passes) break
  }
  return chosen
}

/** How the text of the demo goes on after each epoch. */
export const sample = { prompt: 'The whale ', options: { length: 160, temperature: 0.7, seed: 3 } }

/** The sample as one line. */
export async function writeSample(model) {
  let text = sample.prompt
  for await (const piece of model.generate(sample.prompt, sample.options)) text += piece
  return text.replaceAll('\n', ' ')
}
