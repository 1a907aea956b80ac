import { existsSync } from 'node:fs'
import { mkdtemp, realpath, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { readWholeFile } from '../data/node-files.js'
import { RepriseError } from '../errors.js'
import { checkWritable, writeFileAtomic } from '../formats/node-atomic-file.js'
import {
  type DivergedError,
  type PretrainedEncoder,
  type RunFiles,
  readPretrainedEncoder,
} from '../tasks/index.js'
import { type CommonFlags, formatCount, type Terminal } from './terminal.js'

/** Flags of `reprise train` for every task. */
export interface TrainingFlags extends CommonFlags {
  readonly data?: string[]
  readonly valid?: string[]
  readonly out?: string
  /** Language models to begin with. */
  readonly from?: string[]
  readonly timeLimit?: number
  readonly resume?: string
  readonly checkpointEvery: number
}

const extension = '.safetensors'

/** Where to read and write: as the flags say, else as the run did that is resumed. `missing` says that there is no data. */
export function chooseFiles(flags: TrainingFlags, resumed: RunFiles | undefined, missing: string): RunFiles {
  const data = flags.data ?? resumed?.data
  const valid = flags.valid ?? resumed?.valid
  if (!data) throw new RepriseError('usage', missing)
  return {
    data,
    ...(valid && { valid }),
    out: flags.out ?? resumed?.out ?? defaultOutput(data[0]!),
    ...(resumed?.reading && { reading: resumed.reading }),
    ...((flags.from ?? resumed?.from) && { from: flags.from ?? resumed!.from! }),
  }
}

/** The language models a training begins with. */
export async function readEncoders({ from = [] }: RunFiles): Promise<PretrainedEncoder[]> {
  const encoders: PretrainedEncoder[] = []
  for (const path of from) encoders.push(readPretrainedEncoder(await readWholeFile(path), path))
  return encoders
}

/** `book.txt.gz` → `book.safetensors` in the working folder. */
function defaultOutput(data: string): string {
  if (data === '-') return `model${extension}`
  return `${basename(data)
    .replace(/\.gz$/, '')
    .replace(/(?<=.)\.[^.]+$/, '')}${extension}`
}

/** `book.safetensors` → `book.ckpt.safetensors`. */
export function checkpointPath(out: string): string {
  return `${out.endsWith(extension) ? out.slice(0, -extension.length) : out}.ckpt${extension}`
}

/** Finds out before any work whether model and checkpoint can be written. */
export async function checkOutputs({ out }: RunFiles): Promise<void> {
  await checkWritable(out)
  await checkWritable(checkpointPath(out))
}

/** The model must not take the place of data it is made from. */
export async function refuseToOverwrite({ data, valid = [], from = [], out }: RunFiles): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => resolve(path))
  const targets = [await real(out), await real(checkpointPath(out))]
  for (const path of [...data, ...valid, ...from]) {
    if (path !== '-' && targets.includes(await real(path))) {
      throw new RepriseError('usage', `the model would overwrite ${path}; choose another name with --out`)
    }
  }
}

/** Says that a checkpoint of an earlier run will be replaced. */
export function warnOfCheckpoint(terminal: Terminal, task: string, { out }: RunFiles): void {
  const checkpoint = checkpointPath(out)
  if (!existsSync(checkpoint)) return
  terminal.warn(
    `${checkpoint} is there from a training that did not end, and will be replaced. To go on from it: reprise train ${task} --resume ${checkpoint}`,
  )
}

/** Writes checkpoints. A disk that is full for a while does not end a training. */
export class CheckpointSaver<State> {
  /** Where the latest checkpoint is. */
  path: string
  private readonly run: RunFiles

  constructor(
    private readonly terminal: Terminal,
    { data, valid, out, reading, from }: RunFiles,
    private readonly pieces: (state: State, run: RunFiles) => Uint8Array[],
  ) {
    this.path = checkpointPath(out)
    // So that the training can be resumed from another folder.
    const whole = (paths: readonly string[]) => paths.map((path) => (path === '-' ? path : resolve(path)))
    this.run = {
      data: whole(data),
      ...(valid && { valid: whole(valid) }),
      out: resolve(out),
      ...(reading && { reading }),
      ...(from && { from: whole(from) }),
    }
  }

  /** `last`: training ends after this, so that what is not saved now is lost. */
  async save(state: State, last: boolean): Promise<void> {
    const pieces = this.pieces(state, this.run)
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

/** Saves what training gave, wherever there is room; then throws what there is to tell: `diverged`, `cannot-write`. */
export async function saveTrained(
  { model, diverged }: { readonly model: { toPieces(): Uint8Array[] }; readonly diverged?: DivergedError },
  out: string,
): Promise<void> {
  const { path, problem } = await writeSomewhere(out, model.toPieces())
  if (diverged) {
    const best = `The best weights before that (epoch ${diverged.best!.epoch + 1}) are saved in ${path}.`
    throw new RepriseError('diverged', `${diverged.message} ${best}`)
  }
  if (problem)
    throw new RepriseError(problem.code, `${problem.message} The model is saved as ${path} instead.`)
}

/** Throws `interrupted`, with how to go on, when training was stopped; on a `--json` run the result says so too. */
export function throwIfInterrupted(
  terminal: Terminal,
  task: 'lm' | 'classifier' | 'tagger',
  fit: { readonly stopped: string; readonly steps: number } | undefined,
  checkpoint: string,
): void {
  if (fit?.stopped !== 'aborted') return
  const { stopped, steps } = fit
  terminal.result({ task, stopped, steps, checkpoint }, () => [])
  throw new RepriseError(
    'interrupted',
    `stopped after ${formatCount(steps)} steps; the checkpoint is saved. Go on with: reprise train ${task} --resume ${checkpoint}`,
  )
}
