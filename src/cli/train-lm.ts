import { existsSync } from 'node:fs'
import { mkdtemp, realpath, rmdir } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { filesSource, readWholeFile } from '../data/node-files.js'
import { RepriseError } from '../errors.js'
import { checkWritable, removeFile, writeFileAtomic } from '../formats/node-atomic-file.js'
import {
  type LanguageCheckpoint,
  languageCheckpointPieces,
  languageModelFields,
  type RunFiles,
  readLanguageCheckpoint,
  type TrainedLanguageModel,
  trainLanguageModel,
} from '../tasks/index.js'
import { describeEngine, describeMixed, engineFor, engineSummary } from './engine.js'
import { pickFields } from './flags.js'
import { withInterrupt } from './interrupt.js'
import { type CommonFlags, formatCount, formatDuration, formatTable, Terminal } from './terminal.js'
import { describeSettings, TrainingProgress } from './training-progress.js'

interface Flags extends CommonFlags {
  readonly data?: string[]
  readonly valid?: string[]
  readonly out?: string
  readonly timeLimit?: number
  readonly resume?: string
  readonly checkpointEvery: number
}

const extension = '.safetensors'

/** The command `reprise train lm`. */
export async function trainLm(flags: Flags): Promise<void> {
  const terminal = new Terminal(flags)
  const resumed =
    flags.resume === undefined
      ? undefined
      : readLanguageCheckpoint(await readWholeFile(flags.resume), flags.resume)
  const files = chooseFiles(flags, resumed?.run)
  const checkpoint = checkpointPath(files.out)
  await checkWritable(files.out)
  await checkWritable(checkpoint)
  const source = await filesSource(files.data)
  const validSource = files.valid && (await filesSource(files.valid))
  await refuseToOverwrite(files)
  if (!resumed && existsSync(checkpoint)) {
    terminal.warn(
      `${checkpoint} is there from a training that did not end, and will be replaced. To go on from it: reprise train lm --resume ${checkpoint}`,
    )
  }
  const engine = await engineFor(flags)
  try {
    terminal.say(describeEngine(engine))
    const progress = new TrainingProgress(terminal)
    const begin = performance.now()
    let reading = true
    const saver = new CheckpointSaver(terminal, checkpoint, files)
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
    if (trained.fit?.stopped === 'aborted') {
      const { stopped, steps } = trained.fit
      terminal.result({ task: 'lm', stopped, steps, checkpoint: saver.path }, () => [])
      throw new RepriseError(
        'interrupted',
        `stopped after ${formatCount(steps)} steps; the checkpoint is saved. Go on with: reprise train lm --resume ${saver.path}`,
      )
    }
    await saveModel(trained, files.out)
    await removeFile(checkpoint)
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

/** Where to read and write: as the flags say, else as the run did that is resumed. */
function chooseFiles(flags: Flags, resumed: RunFiles | undefined): RunFiles {
  const data = flags.data ?? resumed?.data
  const valid = flags.valid ?? resumed?.valid
  if (!data) throw new RepriseError('usage', 'train lm needs a text: reprise train lm --data book.txt')
  return { data, ...(valid && { valid }), out: flags.out ?? resumed?.out ?? defaultOutput(data[0]!) }
}

/** `book.txt.gz` → `book.safetensors` in the working folder. */
function defaultOutput(data: string): string {
  if (data === '-') return `model${extension}`
  return `${basename(data)
    .replace(/\.gz$/, '')
    .replace(/(?<=.)\.[^.]+$/, '')}${extension}`
}

/** `book.safetensors` → `book.ckpt.safetensors`. */
function checkpointPath(out: string): string {
  return `${out.endsWith(extension) ? out.slice(0, -extension.length) : out}.ckpt${extension}`
}

/** The model must not take the place of a text it is made from. */
async function refuseToOverwrite({ data, valid = [], out }: RunFiles): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => resolve(path))
  const targets = [await real(out), await real(checkpointPath(out))]
  for (const path of [...data, ...valid]) {
    if (path !== '-' && targets.includes(await real(path))) {
      throw new RepriseError('usage', `the model would overwrite ${path}; choose another name with --out`)
    }
  }
}

/** Writes checkpoints. A disk that is full for a while does not end a training. */
class CheckpointSaver {
  private readonly run: RunFiles

  constructor(
    private readonly terminal: Terminal,
    /** Where the latest checkpoint is. */
    public path: string,
    { data, valid, out }: RunFiles,
  ) {
    // So that the training can be resumed from another folder.
    const whole = (paths: readonly string[]) => paths.map((path) => (path === '-' ? path : resolve(path)))
    this.run = { data: whole(data), ...(valid && { valid: whole(valid) }), out: resolve(out) }
  }

  /** `last`: training ends after this, so that what is not saved now is lost. */
  async save(state: LanguageCheckpoint, last: boolean): Promise<void> {
    const pieces = languageCheckpointPieces(state, this.run)
    try {
      if (last) this.path = (await writeSomewhere(this.path, pieces)).path
      else await writeFileAtomic(this.path, pieces)
    } catch (error) {
      if (last || !(error instanceof RepriseError)) throw error
      this.terminal.warn(`${error.message} Training goes on; the checkpoint is tried again later.`)
    }
  }
}

interface Written {
  readonly path: string
  /** Why it is not at the place that was wanted. */
  readonly problem?: RepriseError
}

/** Writes a file, or when its place does not take it, another one in the folder for temporary files. */
async function writeSomewhere(path: string, pieces: Uint8Array[]): Promise<Written> {
  try {
    await writeFileAtomic(path, pieces)
    return { path }
  } catch (problem) {
    if (!(problem instanceof RepriseError)) throw problem
    const folder = await mkdtemp(join(tmpdir(), 'reprise-')).catch(() => undefined)
    if (folder === undefined) throw problem
    const rescue = join(folder, basename(path))
    try {
      await writeFileAtomic(rescue, pieces)
    } catch {
      await rmdir(folder).catch(() => {})
      throw problem
    }
    return { path: rescue, problem }
  }
}

async function saveModel({ model, diverged }: TrainedLanguageModel, out: string): Promise<void> {
  const { path, problem } = await writeSomewhere(out, model.toPieces())
  if (diverged) {
    const best = `The best weights before that (epoch ${diverged.best!.epoch + 1}) are saved in ${path}.`
    throw new RepriseError('diverged', `${diverged.message} ${best}`)
  }
  if (problem)
    throw new RepriseError(problem.code, `${problem.message} The model is saved as ${path} instead.`)
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
