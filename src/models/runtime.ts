import type { Engine } from '../engine/engine.js'
import { type ParameterSet, Session, SessionWeights } from '../graph/index.js'
import { defaultEngine } from './default-engine.js'

/** The memory of one model on an engine, opened at first use, and a queue: one thing runs at a time. */
export class Runtime {
  private opened: Promise<{ session: Session; weights: SessionWeights }> | undefined
  private current: { session: Session; weights: SessionWeights } | undefined
  private last: Promise<unknown> = Promise.resolve()

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
    this.last = run.catch(() => {})
    return run
  }

  /** Sets float32 states to zero; unknown ones are zero already. */
  clearStates(isMeant: (name: string) => boolean): void {
    const session = this.current?.session
    for (const { name, count, dtype } of session?.stateNames() ?? []) {
      if (dtype === 'float32' && isMeant(name)) session!.writeState(name, new Float32Array(count))
    }
  }

  private open() {
    this.opened ??= (async () => {
      const session = new Session(this.engine ?? (await defaultEngine()), this.parameters)
      this.current = { session, weights: new SessionWeights(session) }
      return this.current
    })()
    return this.opened
  }

  /** Frees the engine's memory; weights are kept on the host. */
  dispose(): void {
    this.current?.weights.release()
    this.current?.session.dispose()
    this.current = undefined
    this.opened = undefined
  }
}
