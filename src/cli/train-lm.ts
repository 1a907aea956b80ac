import { totalmem } from 'node:os'
import { filesSource, readWholeFile } from '../data/node-files.js'
import { removeFile } from '../formats/node-atomic-file.js'
import {
  languageCheckpointPieces,
  languageModelFields,
  readLanguageCheckpoint,
  type TrainedLanguageModel,
  trainLanguageModel,
} from '../tasks/index.js'
import { describeEngine, describeMixed, engineFor, engineSummary } from './engine.js'
import { pickFields } from './flags.js'
import { withInterrupt } from './interrupt.js'
import { formatCount, formatDuration, formatTable, Terminal } from './terminal.js'
import {
  CheckpointSaver,
  checkOutputs,
  checkpointPath,
  chooseFiles,
  refuseToOverwrite,
  saveTrained,
  type TrainingFlags,
  throwIfInterrupted,
  warnOfCheckpoint,
} from './training-files.js'
import { describeSettings, TrainingProgress } from './training-progress.js'

/** The command `reprise train lm`. */
export async function trainLm(flags: TrainingFlags): Promise<void> {
  const terminal = new Terminal(flags)
  const resumed =
    flags.resume === undefined
      ? undefined
      : readLanguageCheckpoint(await readWholeFile(flags.resume), flags.resume)
  const files = chooseFiles(flags, resumed?.run, 'train lm needs a text: reprise train lm --data book.txt')
  await checkOutputs(files)
  const source = await filesSource(files.data)
  const validSource = files.valid && (await filesSource(files.valid))
  await refuseToOverwrite(files)
  if (!resumed) warnOfCheckpoint(terminal, 'lm', files)
  const engine = await engineFor(flags)
  try {
    terminal.say(describeEngine(engine))
    const progress = new TrainingProgress(terminal)
    const begin = performance.now()
    let reading = true
    const saver = new CheckpointSaver(terminal, files, languageCheckpointPieces)
    const train = (signal: AbortSignal) =>
      trainLanguageModel(source, {
        ...pickFields({ ...flags }, languageModelFields),
        engine,
        signal,
        valid: validSource,
        timeLimit: flags.timeLimit,
        memoryLimit: totalmem(),
        callbacks: [progress.callback],
        onRead: (read) => progress.reading(read, source.bytes),
        onPrepared: (prepared) => {
          reading = false
          terminal.endProgress()
          for (const line of describeSettings(prepared)) terminal.say(line)
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
          : 'stopped while reading; there was nothing to save yet.'
      },
      onInterrupt: () => {
        if (!reading) terminal.say('stopping after this step; press Ctrl-C again to leave without saving')
      },
    })
    terminal.endProgress()
    throwIfInterrupted(terminal, 'lm', trained.fit, saver.path)
    await saveTrained(trained, files.out)
    await removeFile(checkpointPath(files.out))
    const seconds = (performance.now() - begin) / 1000
    printResult(terminal, trained, {
      model: files.out,
      seconds: Math.round(seconds * 10) / 10,
      tokensPerSecond: Math.round(progress.tokensPerSecond),
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

function printResult(terminal: Terminal, trained: TrainedLanguageModel, outcome: Outcome): void {
  const { model, fit, valid } = trained
  const result = {
    task: 'lm',
    model: outcome.model,
    parameters: model.network.parameters.count,
    epochs: model.training.epochs,
    steps: model.training.steps,
    stopped: fit!.stopped,
    precision: model.training.precision ?? 'float32',
    seconds: outcome.seconds,
    tokensPerSecond: outcome.tokensPerSecond,
    valid: valid ?? null,
    settings: model.settings,
    engine: outcome.engine,
  }
  terminal.result(result, () => [
    ...(valid
      ? formatTable([
          ['held-out tokens', formatCount(valid.tokens)],
          ['nats per token', valid.nats.toFixed(4)],
          ['perplexity', valid.perplexity.toFixed(2)],
          ['bits per character', valid.bitsPerCharacter.toFixed(3)],
        ])
      : []),
    `saved ${outcome.model} after ${formatDuration(outcome.seconds)}`,
    `try:  reprise generate ${outcome.model} --length 300`,
  ])
}
