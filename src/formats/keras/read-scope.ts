import type { ModelConfig } from '../model-description.js'

/** What reading one model's configuration collects. */
export interface ReadScope {
  /** For messages. */
  readonly file: string
  /** Whose meanings hold: Keras 2 and TensorFlow.js had other defaults and another hard sigmoid. */
  readonly dialect: 'keras3' | 'keras2' | 'tfjs'
  /** What cannot be read, by class and name: the model is refused when there is any. */
  readonly unsupported: string[]
  /** Keys that were left out. */
  readonly ignored: string[]
  readonly notes: string[]
  /** The options of layers whose weights lie as cuDNN wants them. */
  readonly cudnn: Set<object>
  /** Reads a model inside. */
  readonly readModel: (json: unknown) => ModelConfig
}
