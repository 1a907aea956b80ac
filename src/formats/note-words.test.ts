import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noteWords } from './note-words.js'

test('one thing stands in the singular with its verb, what follows stays', () => {
  const cases: readonly [what: string, one: string][] = [
    ['empty files', 'empty file'],
    ['texts with an empty list of labels, kept', 'text with an empty list of labels, kept'],
    ['files beside the folders of labels, not read', 'file beside the folders of labels, not read'],
    ['entries of a JSON list that are no object', 'entry of a JSON list that is no object'],
    ['labels that look like several in one', 'label that looks like several in one'],
    ['lines with bytes that are not utf-8', 'line with bytes that are not utf-8'],
    ['files in windows-1252', 'file in windows-1252'],
  ]
  for (const [what, one] of cases) {
    assert.equal(noteWords({ what, count: 1 }), `1 ${one}`)
    assert.equal(noteWords({ what, count: 0 }), `0 ${what}`)
    assert.equal(noteWords({ what, count: 1234567 }), `1,234,567 ${what}`)
  }
})
