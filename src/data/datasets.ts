import { getLabelNames } from './reuters-topics.js'

type Imdb = typeof import('./imdb.js').imdb
type Reuters = typeof import('./reuters.js').reuters

// Read when they are used: a page that wants something else does not fetch them.
const openImdb = async (): Promise<Imdb> => (await import('./imdb.js')).imdb
const openReuters = async (): Promise<Reuters> => (await import('./reuters.js')).reuters

const imdb: Imdb = {
  loadData: async (...given) => (await openImdb()).loadData(...given),
  getWordIndex: async (...given) => (await openImdb()).getWordIndex(...given),
  fromArchive: async (...given) => (await openImdb()).fromArchive(...given),
  fromText: async (...given) => (await openImdb()).fromText(...given),
}

const reuters: Reuters = {
  loadData: async (...given) => (await openReuters()).loadData(...given),
  getWordIndex: async (...given) => (await openReuters()).getWordIndex(...given),
  getLabelNames,
  fromArchive: async (...given) => (await openReuters()).fromArchive(...given),
  fromText: async (...given) => (await openReuters()).fromText(...given),
  readDocuments: async (...given) => (await openReuters()).readDocuments(...given),
}

/** The data sets of Keras's courses, encoded as Keras does. */
export const datasets = { imdb, reuters }
