// Names that say of themselves that they are names: with titles, labels, legal forms and keys; and words that only look like it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nameRules } from '../../../gateway/redaction/detectors/names.ts'
import { createScanner } from '../../../gateway/redaction/scan.ts'

const scanner = createScanner(nameRules)
const found = (text: string, key: string | null = null): string[] => scanner.find(text, key, 0.5).map(({ end, kind, start }) => `${kind} ${text.slice(start, end)}`)

const named: readonly (readonly [string, readonly string[], string?])[] = [
  ['I saw Mr. Okonkwo-Bell yesterday', ['person Okonkwo-Bell']], ['Ask Dr. Mira van der Zee.', ['person Mira van der Zee']], ['Sehr geehrte Frau Jürgens,', ['person Jürgens']],
  ["Mrs O'Dell called", ["person O'Dell"]], ['Prof. J. R. Adeyemi', ['person J. R. Adeyemi']], ['Patient: Ilse Brandauer, born 1950', ['person Ilse Brandauer']], ['Name = "Tomás Rivas"', ['person Tomás Rivas']],
  ['Ansprechpartner: Jens Ohm\nTel', ['person Jens Ohm']], ['Jonah Whitlock', ['person Jonah Whitlock'], 'customerName'], ['Whitlock', ['person Whitlock'], 'last_name'], ['Ana de la Cruz', ['person Ana de la Cruz'], 'fullName'],
  ['We sold it to Brandauer & Ohm GmbH last year', ['organisation Brandauer & Ohm GmbH']], ['Acorn Freight Ltd is late', ['organisation Acorn Freight Ltd']], ['Acorn Freight, Inc. is late', ['organisation Acorn Freight, Inc']], ['Acorn Freight', ['organisation Acorn Freight'], 'employer'],
]

const plain: readonly (readonly [string, string?])[] = [
  ['name: string'], ['"name": "get_weather"'], ['the patient is here'], ['author: true'], ['dr is short for drive'], ['contact: +49 30 901820'], ['a limited company'], ['ltd'], ['see inc/header.h'], ['Customer: 4711'], ['jonah', 'first_name'], ['{"a":1}', 'full_name'],
  ['report.pdf', 'filename'], ['main', 'name'], ['Mr.'], ['Name:'], ['GmbH'],
]

describe('names by what stands beside them', () => {
  for (const [text, expected, key] of named) test(`${key === undefined ? '' : `${key}: `}${text.replaceAll('\n', '⏎')}`, () => { assert.deepEqual(found(text, key ?? null), expected) })
  for (const [text, key] of plain) test(`nothing in ${key === undefined ? '' : `${key}: `}${text}`, () => { assert.deepEqual(found(text, key ?? null), []) })

  test('what is reported lies inside the text and never blows up on hostile text', () => {
    for (const hostile of ['Mr. ', 'Name: A ', 'A & ', 'Name: ', "Mr A'", 'GmbH ', 'Aa Aa Inc ']) {
      const text = hostile.repeat(8192)
      for (const { end, start } of scanner.find(text, 'fullName', 0)) assert.ok(start >= 0 && start < end && end <= text.length)
    }
  })
})
