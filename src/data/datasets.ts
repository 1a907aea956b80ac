import { imdb } from './imdb.js'
import { reuters } from './reuters.js'

/** The data sets of Keras's courses, encoded as Keras does. */
export const datasets = { imdb, reuters }
