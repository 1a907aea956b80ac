import { totalmem } from 'node:os'
import { resolve } from 'node:path'
import { readWholeFile } from '../data/node-files.js'
import { removeFile } from '../formats/node-atomic-file.js'
import {
  type PreparedTagger,
  readTaggerCheckpoint,
  readTaggerData,
  type TaggerColumns,
  type TaggerFileData,
  type TrainedTagger,
  taggerCheckpointPieces,
  taggerFields,
  trainTagger,
} from '../tasks/index.js'
import { counted } from './counted.js'
import { describeEngine, describeMixed, engineFor, engineSummary } from './engine.js'
import { pickFields } from './flags.js'
import { withInterrupt } from './interrupt.js'
import {
  describeEncoder,
  describeNote,
  describeTagged,
  describeTaggerScores,
  percent,
} from './tagger-report.js'
import { formatBytes, formatCount, formatDuration, Terminal } from './terminal.js'
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
import { readVectors } from './vectors.js'

interface Flags extends TrainingFlags, Pick<TaggerColumns, 'column' | 'field' | 'tokenColumn' | 'features'> {
  readonly vectors?: string
  readonly maxVectors?: number
}

/** The command `reprise train tagger`. */
export async function trainTaggerCommand(flags: Flags): Promise<void> {
  const terminal = new Terminal(flags)
  const resumed =
    flags.resume === undefined
      ? undefined
      : readTaggerCheckpoint(await readWholeFile(flags.resume), flags.resume)
  const chosen = chooseFiles(
    flags,
    resumed?.run,
    'train tagger needs tagged sentences: reprise train tagger --data train.conllu --field upos',
  )
  const vectorsPath = flags.vectors ?? (chosen.reading?.vectors as string | undefined)
  const files = {
    ...chosen,
    ...(vectorsPath !== undefined && { reading: { vectors: resolve(vectorsPath) } }),
  }
  await checkOutputs(files)
  await refuseToOverwrite(files)
  if (!resumed) warnOfCheckpoint(terminal, 'tagger', files)
  const settings = pickFields({ ...flags }, taggerFields)
  const columns: TaggerColumns = { ...resumed?.checkpoint.settings, ...settings }
  const from = await readEncoders(files)
  const data = await read(terminal, files.data, columns)
  const valid = files.valid && (await read(terminal, files.valid, columns))
  const others = taggerFields.maxVectors.fallback
  const vectors =
    vectorsPath === undefined
      ? undefined
      : await readVectors(
          terminal,
          vectorsPath,
          [data.examples, valid?.examples ?? []],
          flags.maxVectors ?? others,
        )
  const engine = await engineFor(flags)
  try {
    terminal.say(describeEngine(engine))
    const progress = new TrainingProgress(terminal)
    const begin = performance.now()
    const saver = new CheckpointSaver(terminal, files, taggerCheckpointPieces)
    const train = (signal: AbortSignal) =>
      trainTagger(data.examples, {
        ...settings,
        engine,
        signal,
        valid: valid?.examples,
        vectors,
        from,
        timeLimit: flags.timeLimit,
        memoryLimit: totalmem(),
        callbacks: [{ ...progress.callback, onEpochEnd: (entry) => terminal.say(describeEpoch(entry)) }],
        onPrepared: (prepared) => {
          for (const line of describePrepared(prepared)) terminal.say(line)
          for (const note of prepared.notes) terminal.say(describeNote(note))
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
      stopped: () => 'stopped.',
      onInterrupt: () => terminal.say('stopping after this step; press Ctrl-C again to leave without saving'),
    })
    terminal.endProgress()
    throwIfInterrupted(terminal, 'tagger', trained.fit, saver.path)
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

async function read(
  terminal: Terminal,
  paths: readonly string[],
  columns: TaggerColumns,
): Promise<TaggerFileData> {
  const data = await readTaggerData(paths, columns)
  for (const line of describeTagged(paths, data.understood)) terminal.say(line)
  return data
}

function describePrepared({ settings, data, corpus, parameters, stepsPerEpoch }: PreparedTagger): string[] {
  const { characters, characterUnits, layers, cell, units, decoder, batch, epochs, optimizer, lr, schedule } =
    settings
  const { vocabulary, scheme } = corpus
  const held = data.valid ? `, ${formatCount(data.valid.length)} held out` : ', nothing held out'
  const spans = scheme.hasSpans
    ? `spans in ${scheme.data.toUpperCase()}, learnt as ${scheme.network.toUpperCase()}`
    : 'tags'
  const inputs = [
    `words ${settings.embedding}`,
    ...(vocabulary.vectorCount > 0
      ? [
          `vectors ${vocabulary.vectorDimension} (${formatCount(vocabulary.vectorCount)}${settings.vectorTraining === 'tuned' ? ', trained' : ', fixed'})`,
        ]
      : []),
    ...(vocabulary.language?.shapes ?? []).map(describeEncoder),
    ...(characters === 'none' ? [] : [`character ${characters.toUpperCase()} ${characterUnits}`]),
    ...(settings.casing > 0 ? ['casing'] : []),
    ...(settings.affixes > 0 ? ['affixes'] : []),
    ...(vocabulary.featureColumns > 0 ? [`columns ${settings.features.join(', ')}`] : []),
  ]
  return [
    `data: ${counted(data.train.length, 'sentence')} to train on${held}; ${counted(vocabulary.wordCount - 1, 'word')}, ${counted(vocabulary.labels.length, 'label')} (${spans})`,
    `model: ${inputs.join(' + ')}, ${layers} × bidirectional ${cell.toUpperCase()} ${units}, ${decoder === 'crf' ? 'CRF' : 'softmax'}; ${counted(parameters, 'parameter')} (${formatBytes(parameters * 4)})`,
    `training: ${counted(epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')} of ${counted(batch, 'sentence')}, ${optimizer} at ${lr} (${schedule})`,
  ]
}

function describeEpoch({
  epoch,
  scores,
  learningRate,
}: {
  readonly epoch: number
  readonly scores: Readonly<Record<string, number>>
  readonly learningRate: number
}): string {
  const { loss, valAccuracy, valF1 } = scores
  const held =
    valAccuracy === undefined
      ? ''
      : `  held out: accuracy ${percent(valAccuracy)}${valF1 === undefined ? '' : `, span F1 ${percent(valF1)}`}`
  return `epoch ${epoch + 1}  training loss ${loss!.toFixed(4)}${held}  (rate ${learningRate.toPrecision(3)})`
}

interface Outcome {
  readonly model: string
  readonly seconds: number
  readonly tokensPerSecond: number
  readonly engine: ReturnType<typeof engineSummary>
}

function printResult(terminal: Terminal, { model, fit, valid }: TrainedTagger, outcome: Outcome): void {
  const { training, settings, network } = model
  const result = {
    task: 'tagger',
    model: outcome.model,
    parameters: network.parameters.count,
    epochs: training.epochs,
    steps: training.steps,
    stopped: fit!.stopped,
    seconds: outcome.seconds,
    tokensPerSecond: outcome.tokensPerSecond,
    valid: valid ?? null,
    best: training.best ?? null,
    settings,
    engine: outcome.engine,
  }
  terminal.result(result, () => [
    ...(valid ? describeTaggerScores(valid) : []),
    `saved ${outcome.model} after ${formatDuration(outcome.seconds)}`,
    `try:  reprise predict ${outcome.model} "Ada Lovelace lived in London."`,
  ])
}
