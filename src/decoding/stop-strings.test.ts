import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { StopStrings } from './stop-strings.js'

/** The plain definition: the match that ends first, and of those the longest. */
function whole(text: string, stops: readonly string[]): { text: string; stop: string | undefined } {
  for (let end = 1; end <= text.length; end++) {
    const complete = stops
      .filter((stop) => text.slice(0, end).endsWith(stop))
      .sort((a, b) => b.length - a.length)
    if (complete.length > 0) return { text: text.slice(0, end - complete[0]!.length), stop: complete[0]! }
  }
  return { text, stop: undefined }
}

const letters = { unit: fc.constantFrom('a', 'b', 'é') }

test('however the text is cut, it ends at the first stop string and shows nothing of it', () => {
  const stops = fc.array(fc.string({ ...letters, minLength: 1, maxLength: 5 }), { maxLength: 4 })
  fc.assert(
    fc.property(stops, fc.array(fc.string({ ...letters, maxLength: 4 })), (strings, pieces) => {
      const watcher = new StopStrings(strings)
      let shown = ''
      let stop: string | undefined
      const expected = whole(pieces.join(''), strings)
      for (const [i, piece] of pieces.entries()) {
        const result = watcher.push(piece)
        if (stop !== undefined) assert.deepEqual(result, { text: '', stop })
        shown += result.text
        stop = result.stop
        assert.ok(expected.text.startsWith(shown))
        // Nothing is held back without need: what is held begins some stop string.
        const held = pieces
          .slice(0, i + 1)
          .join('')
          .slice(shown.length)
        if (stop === undefined)
          assert.ok(held === '' || strings.some((s) => s.startsWith(held) && s !== held))
      }
      shown += watcher.end()
      assert.deepEqual({ text: shown, stop }, expected)
    }),
    { numRuns: 2000 },
  )
})

test('an empty stop string is refused, none lets everything pass', () => {
  assert.throws(
    () => new StopStrings(['a', '']),
    (error) => error instanceof RepriseError && error.code === 'option',
  )
  assert.deepEqual(new StopStrings([]).push('abc'), { text: 'abc', stop: undefined })
})
