// What a session inherits of the user request that it comes into: what was known when it came.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Labels } from '../../../gateway/exchange/labels.ts'
import { RootLabels } from '../../../gateway/sessions/root-labels.ts'

const crm: Labels = { labels: ['crm'], sensitivity: 'confidential' }
const web: Labels = { labels: ['untrusted'], sensitivity: 'public' }

test('a session inherits once, and what came before it', () => {
  const root = new RootLabels()
  assert.deepEqual(root.enter('parent').labels, [])
  root.add(crm)
  assert.deepEqual(root.enter('parent').labels, [], 'its own labels are not inherited')
  assert.deepEqual(root.enter('child'), crm)
  root.add(web)
  assert.deepEqual(root.enter('child').labels, [])
  assert.deepEqual(root.enter('grandchild'), { labels: ['crm', 'untrusted'], sensitivity: 'confidential' })
})

test('more sessions than are told apart inherit with every call', () => {
  const root = new RootLabels()
  root.add(crm)
  for (let at = 0; at < 256; at += 1) root.enter(`s${at}`)
  for (let turn = 0; turn < 3; turn += 1) assert.deepEqual(root.enter('one more'), crm)
  assert.deepEqual(root.enter('s0').labels, [])
})
