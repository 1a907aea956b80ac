/** What a language model reads of a batch of N sentences of up to T tokens: a line end, the pieces, a line end. */
export interface PieceSteps {
  /** Steps of a row; 0 where there is no language model. */
  readonly S: number
  /** [N, S], rows of its vocabulary, −1 behind the end. */
  readonly steps: Int32Array
  /** [N], how many of them there are. */
  readonly stepCounts: Int32Array
  /** [N, T], into all N · S steps: where each token begins and where it ends; −1 behind the sentence. */
  readonly firstSteps: Int32Array
  readonly lastSteps: Int32Array
}

/** Steps of a row that programs are made for: room for one a token, half as many more, twice as many, …. */
function roundedSteps(steps: number, T: number): number {
  let room = T
  for (let shares = 2; room + 2 < steps; shares += shares < 4 ? 1 : shares) room = (T * (shares + 1)) / 2
  return Math.ceil((room + 2) / 4) * 4
}

/** `rows` are the tokens of each sentence, each its pieces. */
export function pieceSteps(
  rows: readonly (readonly Int32Array[])[],
  N: number,
  T: number,
  lineEnd: number,
): PieceSteps {
  const counts = rows.map((tokens) => tokens.reduce((sum, { length }) => sum + length, 2))
  const S = roundedSteps(Math.max(2, ...counts), T)
  const none = (size: number) => new Int32Array(size).fill(-1)
  const found = {
    S,
    steps: none(N * S),
    stepCounts: new Int32Array(N),
    firstSteps: none(N * T),
    lastSteps: none(N * T),
  }
  for (const [row, tokens] of rows.entries()) {
    let at = row * S
    found.steps[at++] = lineEnd
    for (const [place, pieces] of tokens.entries()) {
      found.steps.set(pieces, at)
      found.firstSteps[row * T + place] = at
      at += pieces.length
      found.lastSteps[row * T + place] = at - 1
    }
    found.steps[at++] = lineEnd
    found.stepCounts[row] = at - row * S
  }
  return found
}

/** The same without a language model. */
export const noSteps: PieceSteps = {
  S: 0,
  steps: new Int32Array(0),
  stepCounts: new Int32Array(0),
  firstSteps: new Int32Array(0),
  lastSteps: new Int32Array(0),
}
