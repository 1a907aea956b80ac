export { Sampler, type SamplingOptions } from './sampling.js'
export { type StopResult, StopStrings } from './stop-strings.js'
