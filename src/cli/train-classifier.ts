import { totalmem } from 'node:os'
import { readWholeFile } from '../data/node-files.js'
import { removeFile } from '../formats/node-atomic-file.js'
import {
  classifierCheckpointPieces,
  classifierFields,
  readClassifierCheckpoint,
  readLabelledTexts,
  type TrainedClassifier,
  trainClassifier,
} from '../tasks/index.js'
import { counted, describeClassifier, describeCounts, describeLabelledTexts } from './classifier-words.js'
import { describeEngine, describeMixed, engineFor, engineSummary } from './engine.js'
import { pickFields } from './flags.js'
import { withInterrupt } from './interrupt.js'
import { type ReadingFlags, readingOptions } from './reading-flags.js'
import { formatDuration, formatTable, Terminal } from './terminal.js'
import {
  CheckpointSaver,
  checkOutputs,
  checkpointPath,
  chooseFiles,
  readEncoders,
  refuseToOverwrite,
  saveTrained,
  type TrainingFlags,
  throwIfInterrupted,
  warnOfCheckpoint,
} from './training-files.js'
import { TrainingProgress } from './training-progress.js'

/** The command `reprise train classifier`. */
export async function trainClassifierCommand(flags: TrainingFlags & ReadingFlags): Promise<void> {
  const terminal = new Terminal(flags)
  const resumed =
    flags.resume === undefined
      ? undefined
      : readClassifierCheckpoint(await readWholeFile(flags.resume), flags.resume)
  const reading = { ...resumed?.run.reading, ...readingOptions(flags) }
  const missing =
    'train classifier needs labelled texts: reprise train classifier --data tickets.csv --text body --label team'
  const files = { ...chooseFiles(flags, resumed?.run, missing), reading }
  await checkOutputs(files)
  await refuseToOverwrite(files)
  if (!resumed) warnOfCheckpoint(terminal, 'classifier', files)
  const begin = performance.now()
  const from = await readEncoders(files)
  const data = await readLabelledTexts(files.data, reading)
  for (const line of describeLabelledTexts(files.data, data.understood)) terminal.say(line)
  const valid = files.valid && (await readLabelledTexts(files.valid, reading))
  if (valid && files.valid)
    for (const line of describeLabelledTexts(files.valid, valid.understood)) terminal.say(line)
  const engine = await engineFor(flags)
  try {
    terminal.say(describeEngine(engine))
    const progress = new TrainingProgress(terminal, 'texts')
    let trainingBegin = performance.now()
    let reading = true
    const saver = new CheckpointSaver(terminal, files, classifierCheckpointPieces)
    const train = (signal: AbortSignal) =>
      trainClassifier(data.examples, {
        ...pickFields({ ...flags }, classifierFields),
        engine,
        signal,
        valid: valid?.examples,
        from,
        timeLimit: flags.timeLimit,
        memoryLimit: totalmem(),
        callbacks: [progress.callback],
        onBaseline: ({ name, valid: scores }) => {
          trainingBegin = performance.now()
          if (scores)
            terminal.say(
              `baseline (${name}): accuracy ${(scores.accuracy * 100).toFixed(2)} %, macro F1 ${scores.macroF1.toFixed(4)}, ${scores.logLoss.toFixed(4)} nats held out`,
            )
        },
        onPrepared: (prepared) => {
          reading = false
          trainingBegin = performance.now()
          for (const line of describeClassifier(prepared)) terminal.say(line)
          for (const line of describeCounts(prepared)) terminal.warn(line)
          if (prepared.settings.precision === 'mixed' && !engine.info.mixed)
            terminal.warn(`${describeMixed(engine)}.`)
        },
        ...(resumed && { resume: resumed.checkpoint }),
        checkpoint: {
          every: { milliseconds: flags.checkpointEvery },
          write: (state) => saver.save(state, signal.aborted),
        },
      })
    const trained = await withInterrupt(train, {
      leaveAtOnce: () => reading,
      stopped: () => {
        terminal.endProgress()
        return resumed
          ? `stopped while reading; ${flags.resume} is as it was.`
          : 'stopped before training; there was nothing to save yet.'
      },
      onInterrupt: () => {
        if (!reading) terminal.say('stopping after this step; press Ctrl-C again to leave without saving')
      },
    })
    terminal.endProgress()
    const trainingSeconds = (performance.now() - trainingBegin) / 1000
    throwIfInterrupted(terminal, 'classifier', trained.fit, saver.path)
    await saveTrained(trained, files.out)
    await removeFile(checkpointPath(files.out))
    printResult(terminal, trained, {
      model: files.out,
      seconds: Math.round((performance.now() - begin) / 100) / 10,
      tokensPerSecond: Math.round(trained.prepared.tokens() / trainingSeconds),
      engine: engineSummary(engine),
    })
  } finally {
    terminal.endProgress()
    engine.dispose()
  }
}

interface Outcome {
  readonly model: string
  readonly seconds: number
  readonly tokensPerSecond: number
  readonly engine: ReturnType<typeof engineSummary>
}

function printResult(terminal: Terminal, trained: TrainedClassifier, outcome: Outcome): void {
  const { model, fit, prepared } = trained
  const { valid, baseline, networkValid } = model.training
  const { labels: _, ...counts } = prepared.counts
  const result = {
    task: 'classifier',
    model: outcome.model,
    parameters: model.network.parameters.count,
    epochs: model.training.epochs,
    steps: model.training.steps,
    stopped: fit!.stopped,
    precision: model.training.precision ?? 'float32',
    seconds: outcome.seconds,
    tokensPerSecond: outcome.tokensPerSecond,
    labels: model.labels,
    examples: counts,
    valid: valid ?? null,
    network: networkValid ?? null,
    baseline: baseline ?? null,
    settings: model.settings,
    engine: outcome.engine,
  }
  const row = (name: string, scores: NonNullable<typeof valid>) => [
    name,
    `${(scores.accuracy * 100).toFixed(2)} %`,
    scores.macroF1.toFixed(4),
    scores.logLoss.toFixed(4),
  ]
  terminal.result(result, () => [
    ...(valid
      ? formatTable([
          [
            `on ${counted(valid.examples, 'held-out text')}`,
            model.multiLabel ? 'all labels right' : 'accuracy',
            'macro F1',
            'log loss',
          ],
          ...(baseline ? [row(`baseline: ${baseline.name}`, baseline)] : []),
          ...(networkValid ? [row('recurrent network', networkValid)] : []),
          row(networkValid ? 'both, as the model predicts' : 'recurrent network', valid),
        ])
      : []),
    `saved ${outcome.model} after ${formatDuration(outcome.seconds)}`,
    `try:  reprise predict ${outcome.model} "some text"`,
  ])
}
