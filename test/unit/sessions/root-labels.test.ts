// What a session inherits of the user request that it comes into: what was known when it came.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Labels } from '../../../gateway/exchange/labels.ts'
import { RootLabels } from '../../../gateway/sessions/root-labels.ts'

const crm: Labels = { labels: ['crm'], sensitivity: 'confidential' }
const web: Labels = { labels: ['untrusted'], sensitivity: 'public' }

test('a session inherits once, and what came before it', () => {
  const root = new RootLabels(session => `mark of ${session}`)
  assert.deepEqual(root.enter('parent').labels, [])
  root.add(crm)
  assert.deepEqual(root.enter('parent').labels, [], 'its own labels are not inherited')
  assert.deepEqual(root.enter('child'), crm)
  root.add(web)
  assert.deepEqual(root.enter('child').labels, [])
  assert.deepEqual(root.enter('grandchild'), { labels: ['crm', 'untrusted'], sensitivity: 'confidential' })
})

test('more sessions than are told apart inherit with every call', () => {
  const root = new RootLabels(session => `mark of ${session}`)
  root.add(crm)
  for (let at = 0; at < 256; at += 1) root.enter(`s${at}`)
  for (let turn = 0; turn < 3; turn += 1) assert.deepEqual(root.enter('one more'), crm)
  assert.deepEqual(root.enter('s0').labels, [])
})

test('a session that came in at another gateway inherited there', () => {
  const [root, other] = [new RootLabels(session => `mark of ${session}`), new RootLabels(session => `mark of ${session}`)]
  root.enter('parent')
  root.add(crm)
  assert.ok(root.isWorthKeeping)
  other.join(root.labels, root.entered())
  assert.deepEqual([other.enter('parent').labels, other.enter('child')], [[], crm])
  assert.deepEqual(other.entered(), ['mark of parent', 'mark of child'])
})

test('what is internal and nothing else need not be kept', () => {
  const root = new RootLabels(session => session)
  root.add({ labels: [], sensitivity: 'internal' })
  assert.ok(!root.isWorthKeeping)
  root.add({ labels: [], sensitivity: 'confidential' })
  assert.ok(root.isWorthKeeping)
})
