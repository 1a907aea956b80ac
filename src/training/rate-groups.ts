import { RepriseError, unknownName } from '../errors.js'
import type { Parameter } from '../graph/parameters.js'
import type { Session } from '../graph/session.js'
import { hyperLength, hyperStateOf, type Optimizer } from './optimizers/optimizer.js'
import type { ParameterRates } from './parameter-rates.js'
import type { RunState } from './run-state.js'
import type { Progress } from './schedules/schedule.js'

/** Puts the rates of groups into the session of a training, step by step. Group 0 are the parameters in no group. */
export class RateGroups {
  private readonly count: number
  private readonly members: readonly (readonly Parameter[])[]
  /** Parameters that would be trained without any groups. */
  private readonly trainable: ReadonlySet<Parameter>
  private multipliers: readonly number[] = []

  /** Throws `unknown-name` for a group that names no parameter, `option` for one in two groups. */
  constructor(
    private readonly session: Session,
    private readonly rates: ParameterRates,
  ) {
    const { parameters } = session
    const taken = new Set<Parameter>()
    this.members = rates.groups.map((names) =>
      names.map((name) => {
        const parameter = parameters.get(name)
        if (!parameter) {
          const known = [...parameters].map((each) => each.name)
          throw unknownName('parameter of a group with a rate', name, known)
        }
        if (taken.has(parameter))
          throw new RepriseError('option', `fit: the parameter "${name}" is in two groups of \`rates\``)
        taken.add(parameter)
        return parameter
      }),
    )
    this.count = rates.groups.length + 1
    this.trainable = new Set([...parameters].filter(({ trainable }) => trainable))
  }

  /** Until `end`, parameters belong to their groups. */
  begin(): void {
    for (const [group, parameters] of this.members.entries()) {
      for (const parameter of parameters) parameter.rateGroup = group + 1
    }
  }

  /**
   * Writes the rates of a step and freezes what has none; the optimizer returned has a key that tells programs apart
   * which freeze different groups.
   */
  prepare(optimizer: Optimizer, progress: Progress, learningRate: number, run: RunState): Optimizer {
    this.multipliers = [1, ...this.check(this.rates.multipliers(progress))]
    const updates = updatesOf(run, this.count)
    const hyper = new Float32Array(this.count * hyperLength)
    for (const [group, multiplier] of this.multipliers.entries()) {
      if (multiplier === 0) continue
      hyper.set(optimizer.hyperparameters(updates[group]!, learningRate * multiplier), group * hyperLength)
    }
    this.session.writeState(hyperStateOf(this.count), hyper)
    for (const [group, parameters] of this.members.entries()) {
      for (const parameter of parameters)
        parameter.trainable = this.trainable.has(parameter) && this.multipliers[group + 1] !== 0
    }
    const learning = this.multipliers.map((multiplier) => (multiplier === 0 ? '-' : '+')).join('')
    return { ...optimizer, key: `${optimizer.key} groups ${learning}` }
  }

  /** Counts a step: an optimizer corrects its first steps for moments that begin at zero, in each group its own. */
  stepped(run: RunState): void {
    run.groupUpdates = updatesOf(run, this.count).map((count, group) =>
      this.multipliers[group] === 0 ? count : count + 1,
    )
  }

  /** Leaves the parameters as they were. */
  end(): void {
    for (const parameter of this.members.flat()) {
      parameter.rateGroup = 0
      parameter.trainable = this.trainable.has(parameter)
    }
  }

  private check(multipliers: readonly number[]): readonly number[] {
    const isFine = (value: number) => Number.isFinite(value) && value >= 0
    if (multipliers.length === this.count - 1 && multipliers.every(isFine)) return multipliers
    throw new RepriseError(
      'option',
      `fit: \`rates\` must give ${this.count - 1} multipliers of at least 0, one for each group, got [${multipliers.join(', ')}]`,
    )
  }
}

/** Throws `checkpoint` when a training that goes on had other groups of parameters. */
export function checkGroups({ groupUpdates, step }: RunState, rates: ParameterRates | undefined): void {
  const before = groupUpdates && groupUpdates.length - 1
  const now = rates?.groups.length
  if (before === now || (step === 0 && before === undefined)) return
  throw new RepriseError(
    'checkpoint',
    `the checkpoint was made with ${before ?? 'no'} groups of parameters with rates of their own, now there are ${now ?? 'none'}; resume with the same \`rates\`.`,
  )
}

function updatesOf(run: RunState, groups: number): readonly number[] {
  return run.groupUpdates ?? new Array<number>(groups).fill(0)
}
