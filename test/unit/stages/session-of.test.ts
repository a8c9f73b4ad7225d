import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { sessionOf } from '../../../gateway/stages/session-of.ts'
import { principal } from './principal.ts'

const digested = (id: string): string => `sha256:${createHash('sha256').update(id).digest('hex')}`

suite('the session of an exchange', () => {
  const rows: readonly (readonly [string, string | undefined, string | null, string])[] = [
    ['the header', 's-1', null, 's-1'],
    ['the header before the dialect\'s hint', 's-1', 'hint', 's-1'],
    ['the hint where there is no header', undefined, 'hint', 'hint'],
    ['the hint where the header is empty', '', 'hint', 'hint'],
    ['the agent\'s window where there is neither', undefined, null, '~cli'],
    ['all plain letters as they are', 'A.b_c:d-9', null, 'A.b_c:d-9'],
    ['128 letters as they are', 'x'.repeat(128), null, 'x'.repeat(128)],
    ['a longer id by its digest', 'x'.repeat(129), null, digested('x'.repeat(129))],
    ['a slash by its digest', 'a/b', null, digested('a/b')],
    ['a way out by its digest', '../other/laptop/s', null, digested('../other/laptop/s')],
    ['the name of the agent\'s window by its digest', '~cli', null, digested('~cli')],
    ['spaces by their digest', ' s-1 ', null, digested(' s-1 ')],
    ['other letters by their digest', undefined, 'sitzüng', digested('sitzüng')],
    ['a line end by its digest', undefined, 's-1\n', digested('s-1\n')],
    ['an empty hint by its digest', undefined, '', digested('')],
    ['a very long hint by its digest', undefined, 'y'.repeat(1e6), digested('y'.repeat(1e6))],
  ]
  for (const [title, header, hint, id] of rows) {
    test(`is named by ${title}`, () => {
      const keys = sessionOf(principal(), header === undefined ? {} : { 'x-portcullis-session': header }, hint)
      assert.deepEqual(keys, { session: `acme/laptop/${id}`, agent: 'acme/laptop/~cli', subject: 'acme/ada' })
    })
  }

  test('no id that a caller can send leads into the state of another key, tenant or agent', () => {
    const names = fc.stringMatching(/^[\w.@-]{1,8}$/)
    const who = fc.record({ key: names, tenant: names, agent: names })
    fc.assert(fc.property(who, who, fc.string({ unit: 'binary' }), fc.option(fc.string()), (one, other, header, hint) => {
      const mine = sessionOf(principal(one), { 'x-portcullis-session': header }, hint)
      const theirs = sessionOf(principal(other), {}, null)
      const sameOwner = one.key === other.key && one.tenant === other.tenant
      assert.ok(mine.session.startsWith(`${one.tenant}/${one.key}/`))
      assert.equal(mine.session.split('/').length, 3)
      if (!sameOwner) assert.ok(mine.session !== theirs.session && mine.agent !== theirs.agent)
      else if (header !== '') assert.notEqual(mine.session, theirs.agent)
    }))
  })
})
