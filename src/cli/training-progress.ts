import type { PreparedTraining, TrainingCallback } from '../tasks/index.js'
import { drawBar, formatBytes, formatCount, formatDuration, type Terminal } from './terminal.js'

/** What was read and what was chosen, before the first step. */
export function describeSettings({
  settings,
  corpus,
  parameters,
  stepsPerEpoch,
}: PreparedTraining): string[] {
  const {
    unit,
    cell,
    layers,
    units,
    embedding,
    dropout,
    batch,
    bptt,
    epochs,
    optimizer,
    lr,
    schedule,
    clip,
    precision,
  } = settings
  const noun = unit === 'word' ? 'words' : unit === 'byte' ? 'bytes' : 'characters'
  const vocabulary = corpus.tokenizer.vocabulary.size
  const held = corpus.valid ? `, ${formatCount(corpus.valid.length)} held out` : ', nothing held out'
  const name = cell === 'simple' ? 'simple RNN' : cell.toUpperCase()
  return [
    `text: ${formatCount(corpus.train.length)} ${noun} to train on${held}, vocabulary ${formatCount(vocabulary)}`,
    `model: embedding ${embedding}, ${layers} × ${name} ${units}${settings.tie ? ', tied output' : ''}${describeOutput(settings)}, dropout ${dropout}; ${formatCount(parameters)} parameters (${formatBytes(parameters * 4)})`,
    `training: ${epochs} epochs of ${formatCount(stepsPerEpoch)} steps, ${batch} streams × ${bptt} steps, ${optimizer} at ${lr} (${schedule})${clip > 0 ? `, clip ${clip}` : ''}${precision === 'mixed' ? ', mixed precision' : ''}`,
  ]
}

/** The output layer where it is not a full softmax, and what that changes. */
function describeOutput(settings: PreparedTraining['settings']): string {
  const { softmax, cutoffs, samples, tableUpdates } = settings
  const rows = tableUpdates === 'touched' ? ', tables updated by rows' : ''
  if (softmax === 'adaptive') {
    return `, adaptive softmax (${cutoffs ? `cut-offs ${cutoffs.replaceAll(',', ', ')}` : 'no cut-offs'})${rows}`
  }
  return `${softmax === 'sampled' ? `, sampled softmax (${samples} words)` : ''}${rows}`
}

const linesEvery = 10_000 // milliseconds between progress lines where nobody watches

/** Shows reading and training as they go: a bar on a terminal, now and then a line otherwise. */
export class TrainingProgress {
  tokensPerSecond = 0
  private lastLine = performance.now()

  constructor(
    private readonly terminal: Terminal,
    /** What is counted per second. */
    private readonly unit = 'tokens',
  ) {}

  reading(read: number, total: number | undefined): void {
    const size = formatBytes(read)
    this.terminal.progress(total ? `reading ${drawBar(read / total / 2)} ${size}` : `reading ${size}`)
  }

  readonly callback: TrainingCallback = {
    onStep: (report) => {
      this.tokensPerSecond = report.tokensPerSecond
      const fraction = report.step / report.totalSteps
      const numbers = `loss ${report.epochLoss.toFixed(4)}  ${formatCount(report.tokensPerSecond)} ${this.unit}/s  ${formatDuration(report.secondsLeft)} left`
      const where = `epoch ${report.epoch + 1}/${report.epochs}`
      if (this.terminal.interactive) this.terminal.progress(`${drawBar(fraction)} ${where}  ${numbers}`)
      else if (performance.now() - this.lastLine > linesEvery) {
        this.lastLine = performance.now()
        this.terminal.say(
          `${where}  step ${formatCount(report.step)}/${formatCount(report.totalSteps)}  ${numbers}`,
        )
      }
    },
    onEpochEnd: ({ epoch, scores, learningRate }) => {
      const { loss } = scores
      const valid = describeValidation(scores)
      this.lastLine = performance.now()
      this.terminal.say(
        `epoch ${epoch + 1}  training loss ${loss!.toFixed(4)}${valid}  (rate ${learningRate.toPrecision(3)})`,
      )
    },
  }
}

/** Scores of the held-out part, whichever the task has. */
function describeValidation({
  valLoss,
  valPerplexity,
  valAccuracy,
  valMacroF1,
}: Readonly<Record<string, number>>): string {
  if (valLoss === undefined) return ''
  const parts = [
    `${valLoss.toFixed(4)} nats`,
    ...(valPerplexity === undefined
      ? []
      : [`perplexity ${valPerplexity.toFixed(2)}`, `${(valLoss / Math.LN2).toFixed(3)} bits`]),
    ...(valAccuracy === undefined ? [] : [`accuracy ${(valAccuracy * 100).toFixed(2)} %`]),
    ...(valMacroF1 === undefined ? [] : [`macro F1 ${valMacroF1.toFixed(4)}`]),
  ]
  return `  held out: ${parts.join(', ')}`
}
