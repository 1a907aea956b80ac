import { createOptimizer } from '../training/index.js'

/** What the settings of a task say about its optimizer. */
export interface OptimizerSettings {
  readonly optimizer: 'sgd' | 'rmsprop' | 'adam' | 'adamw'
  readonly lr: number
  /** Global norm; 0 = never. */
  readonly clip: number
  readonly weightDecay: number
  readonly momentum: number
}

/** Learning rates that suit each optimizer, as a multiple of Adam's; SGD wants its own scale. */
export const rateFactor = { adam: 1, adamw: 1, rmsprop: 0.5, sgd: 300 } as const

/** The optimizer the settings ask for. */
export function makeOptimizer(settings: OptimizerSettings) {
  const { optimizer, lr, clip, weightDecay, momentum } = settings
  return createOptimizer({
    name: optimizer === 'adamw' ? 'adamW' : optimizer,
    learningRate: lr,
    weightDecay,
    ...(clip > 0 && { globalClipnorm: clip }),
    ...((optimizer === 'sgd' || optimizer === 'rmsprop') && momentum > 0 && { momentum }),
  })
}
