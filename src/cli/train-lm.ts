import { basename } from 'node:path'
import { filesSource, readWholeFile } from '../data/node-files.js'
import { RepriseError } from '../errors.js'
import { checkWritable, removeFile, writeFileAtomic } from '../formats/node-atomic-file.js'
import {
  languageCheckpointPieces,
  languageModelFields,
  readLanguageCheckpoint,
  trainLanguageModel,
} from '../tasks/index.js'
import { describeEngine, engineFor, engineSummary } from './engine.js'
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

/** `book.txt.gz` → `book.safetensors` in the working folder. */
function defaultOutput(data: string): string {
  if (data === '-') return `model${extension}`
  return `${basename(data)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '')}${extension}`
}

/** `book.safetensors` → `book.ckpt.safetensors`. */
function checkpointPath(out: string): string {
  return `${out.endsWith(extension) ? out.slice(0, -extension.length) : out}.ckpt${extension}`
}

/** The command `reprise train lm`. */
export async function trainLm(flags: Flags): Promise<void> {
  const terminal = new Terminal(flags)
  const resumed =
    flags.resume === undefined
      ? undefined
      : readLanguageCheckpoint(await readWholeFile(flags.resume), flags.resume)
  const data = flags.data ?? resumed?.run.data
  const valid = flags.valid ?? resumed?.run.valid
  if (!data) throw new RepriseError('usage', 'train lm needs a text: reprise train lm --data book.txt')
  const out = flags.out ?? resumed?.run.out ?? defaultOutput(data[0]!)
  const checkpoint = checkpointPath(out)
  await checkWritable(out)
  await checkWritable(checkpoint)
  const source = await filesSource(data)
  const validSource = valid && (await filesSource(valid))
  const engine = await engineFor(flags)
  terminal.say(describeEngine(engine))
  const progress = new TrainingProgress(terminal)
  const begin = performance.now()
  const interrupted = { now: false }
  try {
    const {
      model,
      fit,
      valid: scores,
      diverged,
    } = await withInterrupt((signal) => {
      signal.addEventListener('abort', () => {
        interrupted.now = true
      })
      return trainLanguageModel(source, {
        ...pickFields({ ...flags }, languageModelFields),
        engine,
        signal,
        valid: validSource,
        timeLimit: flags.timeLimit,
        callbacks: [progress.callback],
        onRead: (read) => progress.reading(read, source.bytes),
        onPrepared: (prepared) => {
          terminal.endProgress()
          for (const line of describeSettings(prepared)) terminal.say(line)
        },
        ...(resumed && { resume: resumed.checkpoint }),
        checkpoint: {
          every: { milliseconds: flags.checkpointEvery },
          write: async (state) => {
            await writeFileAtomic(
              checkpoint,
              languageCheckpointPieces(state, { data, ...(valid && { valid }), out }),
            )
          },
        },
      })
    })
    terminal.endProgress()
    if (fit?.stopped === 'aborted') {
      terminal.warn(`stopped; ${checkpoint} is saved. Go on with: reprise train lm --resume ${checkpoint}`)
      process.exitCode = 130
      return
    }
    await writeFileAtomic(out, model.toPieces())
    if (diverged) {
      throw new RepriseError(
        'diverged',
        `${diverged.message} The best weights before that (epoch ${diverged.best!.epoch + 1}) are saved in ${out}.`,
      )
    }
    await removeFile(checkpoint)
    const seconds = (performance.now() - begin) / 1000
    const result = {
      task: 'lm',
      model: out,
      parameters: model.network.parameters.count,
      epochs: model.training.epochs,
      steps: model.training.steps,
      stopped: fit!.stopped,
      seconds: Math.round(seconds * 10) / 10,
      tokensPerSecond: Math.round(progress.tokensPerSecond),
      valid: scores ?? null,
      settings: model.settings,
      engine: engineSummary(engine),
    }
    terminal.result(result, () => [
      ...(scores
        ? formatTable([
            ['held-out tokens', formatCount(scores.tokens)],
            ['nats per token', scores.nats.toFixed(4)],
            ['perplexity', scores.perplexity.toFixed(2)],
            ['bits per character', scores.bitsPerCharacter.toFixed(3)],
          ])
        : []),
      `saved ${out} after ${formatDuration(seconds)}`,
      `try:  reprise generate ${out} --length 300`,
    ])
  } catch (error) {
    if (interrupted.now && isAbort(error)) {
      terminal.warn('stopped before the first step; there was nothing to save yet')
      process.exitCode = 130
      return
    }
    throw error
  } finally {
    terminal.endProgress()
    engine.dispose()
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
