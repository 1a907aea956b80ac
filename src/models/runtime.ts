import type { Engine } from '../engine/engine.js'
import { type ParameterSet, Session, SessionWeights } from '../graph/index.js'
import { defaultEngine } from './default-engine.js'

/** The memory of one model on an engine, opened at first use, and a queue: one thing runs at a time. */
export class Runtime {
  private opened: Promise<{ session: Session; weights: SessionWeights }> | undefined
  private current: { session: Session; weights: SessionWeights } | undefined
  private last: Promise<unknown> = Promise.resolve()
  private waiting = 0
  /** Moments of the optimizer, from a session that was disposed of. */
  private kept = new Map<string, Float32Array>()

  constructor(
    private readonly parameters: ParameterSet,
    private readonly engine: Engine | undefined,
  ) {}

  /** Runs `body` when everything asked for before is done, with the weights up to date in the session. */
  exclusive<Result>(body: (session: Session, weights: SessionWeights) => Promise<Result>): Promise<Result> {
    const run = this.last.then(async () => {
      const { session, weights } = await this.open()
      weights.bringUpToDate()
      return body(session, weights)
    })
    this.waiting++
    const done = () => {
      this.waiting--
    }
    this.last = run.then(done, done)
    return run
  }

  /** Sets float32 states to zero; unknown ones are zero already. */
  clearStates(isMeant: (name: string) => boolean): void {
    for (const name of [...this.kept.keys()]) if (isMeant(name)) this.kept.delete(name)
    const session = this.current?.session
    for (const { name, count, dtype } of session?.stateNames() ?? []) {
      if (dtype === 'float32' && isMeant(name)) session!.writeState(name, new Float32Array(count))
    }
  }

  private open() {
    this.opened ??= (async () => {
      const session = new Session(this.engine ?? (await defaultEngine()), this.parameters)
      for (const [name, values] of this.kept) session.writeState(name, values)
      this.kept.clear()
      this.current = { session, weights: new SessionWeights(session) }
      return this.current
    })()
    this.opened.catch(() => {
      this.opened = undefined // the next run may find an engine
    })
    return this.opened
  }

  /** Frees the engine's memory, after what was asked for before; weights and moments are kept on the host. */
  dispose(): void {
    if (this.waiting === 0) this.free()
    else this.last = this.last.then(() => this.free())
  }

  private free(): void {
    const { session, weights } = this.current ?? {}
    weights?.release()
    for (const { name, count, dtype } of session?.stateNames() ?? []) {
      if (dtype === 'float32' && name.startsWith('optimizer/'))
        this.kept.set(name, session!.readState(name, new Float32Array(count)))
    }
    session?.dispose()
    this.current = undefined
    this.opened = undefined
  }
}
