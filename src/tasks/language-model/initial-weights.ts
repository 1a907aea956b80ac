/** Initial weights as layers want them; undefined leaves every layer its own default. */
export type InitialWeights = {
  readonly name: 'randomUniform'
  readonly minval: number
  readonly maxval: number
}

/** What the `init` setting may be, for messages. */
export const initForms = 'keras or uniform:LIMIT such as uniform:0.1'

/** Reads the `init` setting; `false` when it is none of `initForms`. */
export function readInit(text: string): InitialWeights | undefined | false {
  if (text === 'keras') return undefined
  const match = /^uniform:(\d*\.?\d+(?:e-?\d+)?)$/.exec(text)
  const limit = Number(match?.[1])
  return limit > 0 && { name: 'randomUniform', minval: -limit, maxval: limit }
}
