export {
  readTaggedSentences,
  type TaggedSentence,
  type TaggedSentences,
  type TaggedSentencesOptions,
  type TaggedSentencesReport,
} from '../data/tagged-sentences.js'
export * from './language-model/index.js'
