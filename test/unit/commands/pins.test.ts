// Approvals of definitions: bound to what was shown.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { approveShown } from '../../../gateway/commands/pins/approve-shown.ts'
import { showWaiting, waitingOf, type Waiting } from '../../../gateway/commands/pins/waiting.ts'
import { KnownPins } from '../../../gateway/upstream/pins/known-pins.ts'
import { PinFile, type DefinitionRow, type PinRow } from '../../../gateway/upstream/pins/pin-file.ts'
import { readDefinition } from '../../../registry/definition.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

const key = { server: 's', kind: 'tool', name: 'read' } as const
const pinned: PinRow = { ...key, origin: 'here', approved: null, formerly: null, approvedAt: null, approvedBy: null, firstSeen: 1 }

const shown = (file: PinFile, description: string, seen: number): DefinitionRow => {
  const { digest, text } = readDefinition(JSON.stringify({ name: 'read', description }))
  const row: DefinitionRow = { ...key, digest, flags: [], firstSeen: seen, lastSeen: seen }
  file.add(row, text)
  return row
}

const open = (t: TestContext): PinFile => {
  const file = new PinFile(join(scratchFolder(t), 'pins.db'), { busyMs: 100, mayCreate: true })
  t.after(() => { file.close() })
  return file
}

const waitingIn = (file: PinFile): Waiting[] => [...KnownPins.read(file).of('s')].flatMap(waitingOf)

test('what is approved is what was shown, with who approved it', t => {
  const file = open(t)
  file.putPin(pinned)
  const one = shown(file, 'one', 1)
  assert.deepEqual(approveShown(file, waitingIn(file), 'ada'), [])
  const [row] = file.pins()
  assert.deepEqual([row?.approved, row?.approvedBy], [one.digest, 'ada'])
  assert.deepEqual(waitingIn(file), [])
})

suite('what changed after it was shown is not approved', () => {
  const changes: Readonly<Record<string, (file: PinFile) => void>> = {
    'another one was approved': file => { file.putPin({ ...pinned, approved: shown(file, 'three', 3).digest }) },
    'the pins were forgotten': file => { file.forget('s') },
    'the definition made room': file => { for (const { digest } of file.definitions()) file.dropDefinition(key, digest) },
    'the server comes from elsewhere': file => { file.putPin({ ...pinned, origin: 'there' }) },
  }
  for (const [name, change] of Object.entries(changes)) {
    test(name, t => {
      const file = open(t)
      file.putPin(pinned)
      shown(file, 'two', 2)
      const waiting = waitingIn(file)
      change(file)
      const before = file.pins()
      assert.equal(approveShown(file, waiting, 'ada').length, 1)
      assert.deepEqual(file.pins(), before)
    })
  }
})

test('a definition that comes up between showing and approving stays unapproved', t => {
  const file = open(t)
  file.putPin(pinned)
  const honest = shown(file, 'honest', 1)
  const waiting = waitingIn(file)
  shown(file, 'evil', 2)
  assert.deepEqual(approveShown(file, waiting, 'ada'), [])
  assert.equal(file.pins()[0]?.approved, honest.digest)
  assert.equal(waitingIn(file).length, 1)
})

test('of several definitions the one seen last is shown, and that there are others', t => {
  const file = open(t)
  file.putPin({ ...pinned, approved: shown(file, 'one', 1).digest })
  shown(file, 'two', 2)
  shown(file, 'three', 3)
  const [waiting] = waitingIn(file)
  const lines = showWaiting(file, waiting!)
  assert.ok(lines.some(line => /1 other definition was shown/.test(line)))
  assert.ok(lines.includes('  -   "description": "one",') && lines.includes('  +   "description": "three",'), lines.join('\n'))
})

test('that a definition was too long to be kept whole is said', t => {
  const file = open(t)
  file.putPin(pinned)
  shown(file, 'x'.repeat(100_000), 1)
  assert.ok(showWaiting(file, waitingIn(file)[0]!).some(line => /only the beginning was kept/.test(line)))
})
