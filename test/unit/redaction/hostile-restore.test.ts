// Restoring text that was written against it. Sixteen times the text may take sixty-four times the time: noise does not reach that, and what
// grows quadratically (two hundred and fifty-six times) does not stay below.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { namesIn } from '../../../gateway/redaction/own-names.ts'
import { surrogatesIn } from '../../../gateway/redaction/own-surrogates.ts'
import { surrogateTexts } from '../../../gateway/redaction/read-surrogate.ts'
import { createRestorer, maxHeld } from '../../../gateway/redaction/restore.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const kib = 1024
const [small, large] = [8 * kib, 128 * kib]

const repeated = [
  '[', '[ ', '[E', '[EMAIL_', '[EMAIL_1', '[EMAIL_1 ', '[EMAIL_1     ', '[EMAIL_1]', '[email 1', '【EMAIL\\_', '`EM', '`EMAIL_1', '(EMAIL_1', 'EMAIL_1', 'EM', 'E', '\\', '\\[', '\\u005b', '\\u00', '_1]',
  'user', 'user1', 'user1@redacted.', 'user1@redacted.example', '192.0.2.', '192.0.2.1', '1', '0', '000-', '2001:db8::', '2001:db8::0000:0001', '02:00:5e:', '+1-', '400000', '00000000-0000-4000-8000-', ' ',
]

const session = (): ReturnType<typeof memoryPseudonyms> => {
  const pseudonyms = memoryPseudonyms()
  for (const kind of ['email', 'ipv4', 'ipv6', 'mac', 'card', 'phone', 'us_ssn', 'passport'] as const) {
    pseudonyms.placeholder(kind, 'v')
    pseudonyms.surrogate(kind, 'v', () => false)
  }
  return pseudonyms
}

/** Of the processor: other processes do not count. */
const spentMs = (work: () => void, times: number): number => {
  let fastest = Infinity
  for (let time = 0; time < times; time += 1) {
    const before = process.cpuUsage()
    work()
    const { system, user } = process.cpuUsage(before)
    fastest = Math.min(fastest, (system + user) / 1000)
  }
  return fastest
}

const works: Readonly<Record<string, (text: string) => void>> = {
  'as a whole': text => { createRestorer(session(), { mayRestore: () => true, escape: 'none' }).text(text) },
  'as JSON source': text => { createRestorer(session(), { mayRestore: () => true, escape: 'json' }).text(text) },
  'as a stream of little pieces': text => {
    const stream = createRestorer(session(), { mayRestore: () => true, escape: 'json' }).stream()
    for (let at = 0; at < text.length; at += 7) stream.push(text.slice(at, at + 7))
    stream.flush()
  },
  'when it is looked through for own words': text => {
    namesIn([text])
    surrogateTexts(text)
    surrogatesIn(text, session())
  },
}

describe('restoring hostile text', () => {
  for (const [what, work] of Object.entries(works)) {
    test(`${what} it takes time in proportion to its length`, () => {
      for (const one of repeated) {
        const textOf = (length: number): string => one.repeat(Math.ceil(length / one.length))
        const [short, long] = [textOf(small), textOf(large)]
        const ratio = spentMs(() => { work(long) }, 1) / Math.max(2, spentMs(() => { work(short) }, 2))
        assert.ok(ratio < 64, `${JSON.stringify(one)}: ${ratio}`)
      }
    })
  }

  test('a stream holds back no more than it says, whatever is repeated', () => {
    for (const one of repeated) {
      const stream = createRestorer(session(), { mayRestore: () => false, escape: 'none' }).stream()
      let held = 0
      for (const char of one.repeat(60)) {
        held += char.length - stream.push(char).length
        // A literal that lost its space came out shorter than it went in.
        assert.ok(held <= maxHeld, `${one}: ${held}`)
      }
    }
  })
})
