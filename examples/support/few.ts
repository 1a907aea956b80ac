import { small } from './arguments.js'

type Labelled = readonly [x: readonly Int32Array[], y: Int32Array]

/** The first examples to train and to test on in a small run, else all of them. */
export function few([train, test]: readonly [Labelled, Labelled], most: number): [Labelled, Labelled] {
  const cut = ([x, y]: Labelled): Labelled => [x.slice(0, most), y.slice(0, most)]
  return small ? [cut(train), cut(test)] : [train, test]
}
