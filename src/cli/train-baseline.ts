import type { Command } from 'commander'
import { RepriseError } from '../errors.js'
import { writeFileAtomic } from '../formats/node-atomic-file.js'
import { readLabelledTexts, TextBaseline } from '../tasks/index.js'
import { counted, describeExamples, describeLabelledTexts, heldOut } from './classifier-words.js'
import { flagName } from './flags.js'
import { withInterrupt } from './interrupt.js'
import { type ReadingFlags, readingOptions } from './reading-flags.js'
import { formatCount, formatDuration, formatTable, Terminal } from './terminal.js'
import { checkOutputs, chooseFiles, refuseToOverwrite, type TrainingFlags } from './training-files.js'

/** Settings of a classifier that a baseline has too. */
const shared = ['seed', 'validSplit', 'multiLabel', 'classWeights', 'lowercase'] as const

type Flags = TrainingFlags & ReadingFlags & { readonly [name: string]: unknown }

/** `reprise train classifier --baseline-only`. */
export async function trainBaselineCommand(flags: Flags, command: Command): Promise<void> {
  const terminal = new Terminal(flags)
  refuseOthers(command)
  const reading = readingOptions(flags)
  const missing =
    'train classifier needs labelled texts: reprise train classifier --baseline-only --data tickets.csv --text body --label team'
  const files = chooseFiles(flags, undefined, missing)
  await checkOutputs(files)
  await refuseToOverwrite(files)
  const begin = performance.now()
  const data = await readLabelledTexts(files.data, reading)
  for (const line of describeLabelledTexts(files.data, data.understood)) terminal.say(line)
  const valid = files.valid && (await readLabelledTexts(files.valid, reading))
  if (valid && files.valid)
    for (const line of describeLabelledTexts(files.valid, valid.understood)) terminal.say(line)
  const given = Object.fromEntries(
    shared.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  )
  const {
    model,
    heldOut: before,
    validExamples,
    counts,
  } = await withInterrupt(
    (signal) =>
      TextBaseline.trainWithHeldOut(data.examples, {
        ...given,
        valid: valid?.examples,
        signal,
        onProgress: (step) => terminal.progress(step),
        onCounted: (counts) => {
          terminal.say(`texts: ${formatCount(counts.train)} to train on, ${heldOut(counts)}`)
          for (const line of describeExamples(counts)) terminal.warn(line)
        },
      }),
    { stopped: () => 'stopped before the end; there is nothing to save.' },
  )
  const scores = validExamples.length > 0 ? await before.evaluate(validExamples) : undefined
  terminal.endProgress()
  await writeFileAtomic(files.out, model.toPieces())
  const seconds = Math.round((performance.now() - begin) / 100) / 10
  const { training } = model
  if (!training.converged) terminal.warn('the weights had not quite settled when training ended')
  const { labels: _, ...examples } = counts
  const kept = scores && {
    examples: scores.examples,
    accuracy: scores.accuracy,
    macroF1: scores.macroF1,
    logLoss: scores.logLoss,
  }
  const result = {
    task: 'classifier',
    kind: 'baseline',
    name: model.name,
    model: files.out,
    parameters: model.parameters,
    features: model.features,
    epochs: training.iterations,
    seconds,
    labels: model.labels,
    examples,
    valid: kept ?? null,
    settings: model.settings,
    training,
    engine: null,
  }
  terminal.result(result, () => [
    `${model.name}: ${formatCount(model.features)} words${model.settings.letters === 0 ? ' and pairs' : ', pairs and runs of letters'}, ${counted(model.labels.length, 'label')}, C = ${training.c}`,
    ...(kept
      ? formatTable([
          [
            `on ${counted(kept.examples, 'held-out text')}`,
            model.multiLabel ? 'all labels right' : 'accuracy',
            'macro F1',
            'log loss',
          ],
          [
            'before these were trained on too',
            `${(100 * kept.accuracy).toFixed(2)} %`,
            kept.macroF1.toFixed(4),
            kept.logLoss.toFixed(4),
          ],
        ])
      : []),
    `saved ${files.out} after ${formatDuration(seconds)}`,
    `try:  reprise predict ${files.out} "some text"`,
  ])
}

/** Flags that would have no effect are a mistake. */
function refuseOthers(command: Command): void {
  const fine = new Set<string>([
    ...shared,
    ...['data', 'valid', 'out', 'baselineOnly', 'checkpointEvery'],
    ...['text', 'label', 'labelSeparator', 'format', 'delimiter', 'encoding'],
    ...['json', 'quiet', 'engine', 'threads', 'debug'],
  ])
  const foreign = Object.keys(command.opts()).find(
    (name) => !fine.has(name) && command.getOptionValueSource(name) === 'cli',
  )
  if (foreign === undefined) return
  throw new RepriseError(
    'usage',
    `${flagName(foreign)} is for the recurrent network and has no effect with --baseline-only. Leave one of them out.`,
  )
}
