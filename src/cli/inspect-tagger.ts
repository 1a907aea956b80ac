import { readWholeFile } from '../data/node-files.js'
import { inspectTagger, Tagger } from '../tasks/index.js'
import { counted } from './counted.js'
import { engineFor } from './engine.js'
import { describeEncoder, percent } from './tagger-report.js'
import { type CommonFlags, formatBytes, formatCount, formatTable, Terminal } from './terminal.js'

/** `reprise inspect` with a tagger. */
export async function inspectTaggerFile(path: string, flags: CommonFlags): Promise<void> {
  const terminal = new Terminal(flags)
  const bytes = await readWholeFile(path)
  const engine = await engineFor(flags)
  try {
    const report = { file: path, ...inspectTagger(Tagger.fromBytes(engine, bytes, path)) }
    const { labels, layers, vocabulary, language, training, scheme } = report
    const { valid } = training
    terminal.result(report, () => [
      `${path}: tagger (${scheme === 'none' ? 'tags' : `spans in ${scheme.toUpperCase()}`}), ${counted(labels.length, 'label')}: ${labels.slice(0, 12).join(', ')}${labels.length > 12 ? ', …' : ''}; ${formatBytes(report.bytes)}`,
      '',
      ...formatTable([
        ['layer', 'kind', 'output', 'parameters', 'runs as'],
        ...layers.map(({ name, kind, output, parameters, runs }) => [
          name,
          kind,
          output,
          formatCount(parameters),
          runs,
        ]),
        ['total', '', '', formatCount(report.parameters), ''],
      ]),
      '',
      `vocabulary: ${formatCount(vocabulary.size)} words: ${vocabulary.first.map((word) => JSON.stringify(word)).join(' ')} …${vocabulary.vectors > 0 ? `; ${formatCount(vocabulary.vectors)} pre-trained vectors` : ''}`,
      ...(language
        ? [
            `began with ${language.models.map(describeEncoder).join(' and ')} of ${formatCount(language.words)} words`,
          ]
        : []),
      `trained: ${counted(training.epochs, 'epoch')}, ${counted(training.steps, 'step')} on ${counted(training.trainSentences, 'sentence')}, ${counted(training.trainTokens, 'token')}`,
      ...(valid
        ? [
            `held-out part: accuracy ${percent(valid.accuracy)}${valid.f1 === undefined ? '' : `, span F1 ${percent(valid.f1)}`}`,
          ]
        : []),
    ])
  } finally {
    engine.dispose()
  }
}
