import { windowsOf } from './windows.js'

/**
 * What `predict` of a task gives: for a list a list, in its order, for an async iterable an async generator, whose results
 * come as soon as their inputs are there; at most `most` of a stream are predicted together.
 */
export function listOrStream<Input, Output>(
  inputs: readonly Input[] | AsyncIterable<Input>,
  predict: (inputs: readonly Input[]) => Promise<Output[]>,
  most: number,
): Promise<Output[]> | AsyncGenerator<Output, void, undefined> {
  return Symbol.asyncIterator in inputs ? stream(inputs, predict, most) : predict(inputs)
}

async function* stream<Input, Output>(
  inputs: AsyncIterable<Input>,
  predict: (inputs: readonly Input[]) => Promise<Output[]>,
  most: number,
): AsyncGenerator<Output, void, undefined> {
  for await (const window of windowsOf(inputs, most)) yield* await predict(window)
}
