import { stdin } from 'node:process'
import { createInterface } from 'node:readline'
import { readWholeFile } from '../data/node-files.js'
import type { Engine } from '../engine/engine.js'
import {
  type ClassPrediction,
  type Explanation,
  inspectClassifier,
  isRecurrent,
  loadClassifier,
  readLabelledTexts,
  type TextBaseline,
  type TextClassifier,
} from '../tasks/index.js'
import { describeExplanation, describeScores, describeSeen } from './classification-report.js'
import { counted, describeLabelledTexts, describeRecord } from './classifier-words.js'
import type { PredictFlags } from './commands/predict.js'
import { engineFor, engineSummary } from './engine.js'
import { withInterrupt } from './interrupt.js'
import { readingOptions } from './reading-flags.js'
import {
  type CommonFlags,
  drawBar,
  formatBytes,
  formatCount,
  formatTable,
  shorten,
  Terminal,
} from './terminal.js'

/** Loads a classifier and hands it over; engine and memory are freed afterwards. */
async function withClassifier<Result>(
  path: string,
  flags: Pick<PredictFlags, 'weights'> & CommonFlags,
  body: (model: TextClassifier, engine: Engine) => Promise<Result>,
): Promise<Result> {
  const bytes = await readWholeFile(path)
  const engine = await engineFor(flags)
  try {
    return await body(await loadClassifier(engine, bytes, path, { weights: flags.weights }), engine)
  } finally {
    engine.dispose()
  }
}

/** `reprise predict` with a classifier. */
export async function predictClasses(
  path: string,
  given: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  const terminal = new Terminal(flags)
  const texts = flags.data
    ? await textsIn(flags.data, flags, terminal)
    : given.includes('-')
      ? undefined
      : given
  await withClassifier(path, flags, async (model) => {
    const found: (ClassPrediction & { readonly explanation?: Explanation })[] = []
    const show = async (prediction: ClassPrediction) => {
      const explanation = flags.explain ? await model.explain(prediction.text) : undefined
      if (terminal.json) found.push(explanation ? { ...prediction, explanation } : prediction)
      else {
        terminal.stream(`${describePrediction(prediction)}\n`)
        if (explanation) terminal.stream(`  ${describeExplanation(explanation, terminal.width - 2)}\n`)
      }
    }
    await withInterrupt(async (signal) => {
      const given = texts ? await model.predict(texts, { signal }) : model.predict(linesOfInput(), { signal })
      for await (const prediction of given) {
        signal.throwIfAborted()
        await show(prediction)
      }
    })
    if (terminal.json) terminal.result(found, () => [])
  })
}

async function textsIn(paths: readonly string[], flags: PredictFlags, terminal: Terminal): Promise<string[]> {
  const { examples, understood } = await readLabelledTexts(paths, {
    ...readingOptions(flags),
    requireLabels: false,
  })
  for (const line of describeLabelledTexts(paths, understood)) terminal.say(line)
  return examples.map(({ text }) => text)
}

async function* linesOfInput(): AsyncGenerator<string> {
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line !== '') yield line
}

function describePrediction({ text, label, labels, probability, scores }: ClassPrediction): string {
  const percent = (p: number) => `${(p * 100).toFixed(1)} %`
  const named = labels
    ? labels.length === 0
      ? `none (${label} ${percent(probability)})`
      : labels.map((name) => `${name} ${percent(scores[name]!)}`).join(', ')
    : `${label} ${percent(probability)}`
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return `${named}\t${line.length > 100 ? `${line.slice(0, 99)}…` : line}`
}

/** `reprise evaluate` with a classifier. */
export async function evaluateClassifierFile(
  path: string,
  flags: Pick<PredictFlags, 'weights'> &
    CommonFlags & {
      readonly data: string[]
      readonly mistakes?: number
      readonly explain?: boolean
    } & Parameters<typeof readingOptions>[0],
): Promise<void> {
  const terminal = new Terminal(flags)
  const { examples, understood } = await readLabelledTexts(flags.data, readingOptions(flags))
  for (const line of describeLabelledTexts(flags.data, understood)) terminal.say(line)
  await withClassifier(path, flags, async (model, engine) => {
    const onProgress = (fraction: number) =>
      terminal.progress(`${drawBar(fraction)} ${Math.round(fraction * 100)} %`)
    const begin = performance.now()
    const most = { mistakes: flags.mistakes ?? 10 }
    const report = await withInterrupt((signal) => model.report(examples, { signal, onProgress, ...most }), {
      stopped: () => 'stopped before the end; there are no scores.',
    })
    const seconds = (performance.now() - begin) / 1000
    const { mistakes, ...scores } = report
    const explanations: (Explanation | undefined)[] = []
    if (flags.explain) {
      for (const { example, label } of mistakes) {
        const name = model.labels[label] // undefined: one the model has never seen
        explanations.push(name === undefined ? undefined : await model.explain(examples[example]!.text, name))
      }
    }
    const result = {
      task: 'classifier',
      model: path,
      ...scores,
      mistakes: mistakes.map(({ example, truth, label, given, confidence }, k) => ({
        text: examples[example]!.text,
        place: examples[example]!.place,
        truth: truth.map((k) => scores.labels[k]),
        label: scores.labels[label],
        given,
        confidence,
        ...(explanations[k] && { explanation: explanations[k] }),
      })),
      seconds: Math.round(seconds * 100) / 100,
      tokensPerSecond: Math.round(report.tokens / seconds),
      engine: engineSummary(engine),
    }
    if (report.unseen.length > 0) {
      const names = report.unseen
        .slice(0, 5)
        .map(({ label, count }) => `"${label}" of ${counted(count, 'text')}`)
      terminal.warn(
        `${counted(report.unseen.length, 'label')} the model has never seen (${names.join(', ')}${report.unseen.length > 5 ? ', …' : ''}); such texts count as mistakes`,
      )
    }
    if (report.empty > 0)
      terminal.warn(
        `${counted(report.empty, 'text')} without a word; ${report.empty === 1 ? 'it counts' : 'they count'} like any other`,
      )
    for (const line of describeSeen(report)) terminal.warn(line)
    terminal.result(result, () =>
      describeScores(report, examples, {
        width: terminal.width,
        mistakes: flags.mistakes ?? 5,
        ...(flags.explain && { explanations }),
      }),
    )
  })
}

/** `reprise inspect` of a classifier. */
export async function inspectClassifierFile(path: string, flags: CommonFlags): Promise<void> {
  const terminal = new Terminal(flags)
  await withClassifier(path, flags, async (model) => {
    if (!isRecurrent(model)) return inspectBaseline(path, model as TextBaseline, terminal)
    const report = { file: path, ...inspectClassifier(model) }
    terminal.result(report, () => [
      `${path}: classifier (${report.kind}), ${formatCount(report.labels.length)} labels: ${report.labels.slice(0, 12).join(', ')}${report.labels.length > 12 ? ', …' : ''}; ${formatBytes(report.bytes)}`,
      '',
      ...formatTable([
        ['layer', 'kind', 'output', 'parameters', 'runs as'],
        ...report.layers.map(({ name, kind, output, parameters, runs }) => [
          name,
          kind,
          output,
          formatCount(parameters),
          runs,
        ]),
        ['total', '', '', formatCount(report.parameters), ''],
      ]),
      '',
      `vocabulary: ${formatCount(report.vocabulary.size)} ${report.vocabulary.unit === 'word' ? 'words' : 'symbols'}: ${report.vocabulary.first.map((token) => JSON.stringify(token)).join(' ')} …`,
      ...describeRecord(report.training),
    ])
  })
}

function inspectBaseline(path: string, model: TextBaseline, terminal: Terminal): void {
  const report = { file: path, ...model.inspect() }
  const { labels, vocabulary, training, strongest } = report
  terminal.result(report, () => [
    `${path}: classifier (${report.name}), ${formatCount(labels.length)} labels, ${formatCount(report.parameters)} weights (${formatBytes(report.bytes)})`,
    `features: ${formatCount(vocabulary.words)} words, ${formatCount(vocabulary.pairs)} pairs of words${vocabulary.letters > 0 ? `, ${formatCount(vocabulary.letters)} runs of letters` : ''}`,
    `trained: ${formatCount(training.examples + (report.settings.refit ? training.validExamples : 0))} texts, ${formatCount(training.iterations)} steps, C = ${training.c} chosen on ${formatCount(training.validExamples)} of them`,
    '',
    ...strongest.map(({ label, features }) =>
      shorten(
        `${shorten(label, 24)}: ${features.map(({ word, contribution }) => `${shorten(word, 24)} ${contribution.toFixed(1)}`).join(', ')}`,
        terminal.width,
      ),
    ),
  ])
}
