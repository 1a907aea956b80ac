import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPunctuation, isWhiteSpace } from './character-classes.js'

function* codePoints(): Generator<number> {
  for (let c = 0; c < 0x20000; c++) if (c < 0xd800 || c > 0xdfff) yield c
}

test('the frozen classes are those of Unicode', () => {
  let different = 0
  for (const c of codePoints()) {
    const text = String.fromCodePoint(c)
    assert.equal(isWhiteSpace(c), /^\p{White_Space}$/u.test(text), `U+${c.toString(16)}`)
    // Characters that a newer or older Unicode than the frozen one assigns may differ.
    if (isPunctuation(c) !== /^[\p{P}\p{S}]$/u.test(text)) different++
  }
  assert.ok(different < 400, `${different} code points differ`)
  for (const c of '.,;:!?()[]{}"\'-_/\\@#$%^&*+=<>|~`«»“”‘’…€£。、')
    assert.ok(isPunctuation(c.codePointAt(0)!), c)
  for (const c of 'aZ09éß中あअ ') assert.ok(!isPunctuation(c.codePointAt(0)!), c)
})
