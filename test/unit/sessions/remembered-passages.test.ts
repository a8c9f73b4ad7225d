// A history that is sent again, message by message known by the memory of bodies, is what it was at another time and at another gateway: its labels, who
// had it, and what is left of it when a session is forgotten. On both stores.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonDocument } from '../../../gateway/exchange/document.ts'
import type { Labels } from '../../../gateway/exchange/labels.ts'
import { notesOfProcess, type MarkedNote, type Note, type Notes } from '../../../gateway/exchange/notes.ts'
import type { SessionStore } from '../../../gateway/exchange/session.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { MemoryTaint } from '../../../gateway/redaction/taint/taint-book.ts'
import { carriedIn, learnDetected } from '../../../gateway/stages/carried-labels.ts'
import { ResentBodies } from '../../../gateway/surfaces/json/resent-bodies.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'
import { hour, keysOf, noLimits, onBothStores, redisBench, type StoreBench } from './open-store.ts'
import { noRedis, startRedis } from '../../support/redis-server.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

const owner = 'acme/key1'
const letter = 'Would you please write to anna.muster@example.com that the inspection of the north hall was put off until the first week of May because the crane is away'
/** A part of it in which no detector finds anything. */
const quote = 'the inspection of the north hall was put off until the first week of May because the crane is away'
const note = 'Customer Quill asked that the delivery of the new pumps be moved to the second week of April because of the strike.'
const crm: Labels = { labels: ['crm'], sensitivity: 'restricted' }
const small = (at: number): string => `Message ${at} says nothing that anybody would have to hide from anyone, and says so at some length.`
const history = [small(1), letter, small(2), `They told me: ${note}`, small(3)]

const bodyOf = (texts: readonly string[]): Buffer => Buffer.from(JSON.stringify({ model: 'small', messages: texts.map(content => ({ role: 'user', content })) }))

/** A gateway as far as it reads model calls. */
class Reader {
  readonly taint: MemoryTaint
  known = 0
  readonly #bodies = new ResentBodies({ leastBytes: 1 })
  readonly #classifier = new Classifier({ minConfidence: 0.5, memoBytes: 1 << 20, secretsAreHidden: true })
  readonly #parts = new WeakSet<object>()

  constructor(notes: Notes, clockMs: () => number) { this.taint = new MemoryTaint({ ttlMs: hour, most: 1000, memoBytes: 1 << 20, notes, clockMs }) }

  /** What texts carry into a session. Learns what is found in them. */
  async carried(session: string, texts: readonly string[]): Promise<string> {
    const document = this.#read(texts)
    const whose = { owner, session: `${owner}/${session}` }
    const { labels, origins } = carriedIn(this.taint, whose, document, openaiSurface.skipLeaf)
    const classification = this.#classifier.look(document, openaiSurface.skipLeaf, () => 'prompt')
    if (classification instanceof Promise) throw new Error('nobody has to be asked')
    await learnDetected(this.taint, whose, document, classification, { origin: null, secretsAreHidden: true })
    return [labels.sensitivity, ...labels.labels, ...origins].join(' ')
  }

  #read(texts: readonly string[]): JsonDocument {
    const { document } = this.#bodies.read(owner, bodyOf(texts), { maxDepth: 32 })
    for (const { part } of document.passages) {
      if (this.#parts.has(part)) this.known += 1
      this.#parts.add(part)
    }
    return document
  }
}

class Gateway extends Reader {
  readonly store: SessionStore

  constructor(bench: StoreBench, store: SessionStore) {
    super(store.notes, () => bench.nowMs)
    this.store = store
  }

  override async carried(session: string, texts: readonly string[]): Promise<string> {
    await this.store.load(keysOf(session), noLimits)
    return super.carried(session, texts)
  }
}

const opened = async (bench: StoreBench): Promise<Gateway> => new Gateway(bench, await bench.open())
const nothing = 'public'
const personal = 'internal pii'

onBothStores('a history that is sent again', benchOf => {
  test('carries after a restart what it carried before, and a quote of it, too', async t => {
    const bench = benchOf(t)
    const first = await opened(bench)
    await first.carried('s1', history)
    await first.taint.learn({ owner, session: `${owner}/s1` }, [note], { labels: crm, origin: 'crm/find' })
    for (let turn = 0; turn < 3; turn += 1) {
      bench.nowMs += 20_000
      assert.equal(await first.carried('s1', [...history, small(10 + turn)]), 'restricted crm pii crm/find')
    }
    assert.ok(first.known >= 12, `${first.known} messages were known`)
    await first.store.close()
    const second = await opened(bench)
    for (let turn = 0; turn < 3; turn += 1) assert.equal(await second.carried('s2', history), 'restricted crm pii crm/find')
    assert.ok(second.known >= 8)
    assert.equal(await second.carried('s3', [quote]), personal)
  })

  test('is forgotten with the session that sent it again, and not before', async t => {
    const bench = benchOf(t)
    const first = await opened(bench)
    await first.carried('s1', history)
    // The same messages, of which every one is known: nothing is learnt anew but that this session has them, too.
    await first.carried('s2', history)
    await first.store.forgetVault(`${owner}/s1`)
    assert.equal(await first.carried('s3', [quote]), personal)
    await first.store.close()
    const second = await opened(bench)
    assert.equal(await second.carried('s3', [quote]), personal)
    await second.store.forgetVault(`${owner}/s2`)
    assert.equal(await second.carried('s3', [quote]), nothing)
    await second.store.close()
    assert.equal(await (await opened(bench)).carried('s3', [quote]), nothing)
  })

  test('is learnt again by the session that sends it after it was forgotten', async t => {
    const bench = benchOf(t)
    const gateway = await opened(bench)
    await gateway.carried('s1', history)
    await gateway.store.forgetVault(`${owner}/s1`)
    assert.equal(await gateway.carried('s3', [quote]), nothing)
    await gateway.carried('s2', history)
    await gateway.store.close()
    assert.equal(await (await opened(bench)).carried('s3', [quote]), personal)
  })

  test('a use that waits to be written takes no mark back that was kept meanwhile', async t => {
    const bench = benchOf(t)
    const first = await opened(bench)
    await first.carried('s1', history)
    await first.carried('s2', [small(1)])
    bench.nowMs += 120_000
    await first.carried('s1', history)
    await first.carried('s2', history)
    await first.store.close()
    const second = await opened(bench)
    await second.carried('s3', [small(4)])
    await second.store.forgetVault(`${owner}/s1`)
    await second.store.close()
    assert.equal(await (await opened(bench)).carried('s3', [quote]), personal)
  })

  test('what comes again after something was taken off a session holds, also after a restart and within a minute', async t => {
    const bench = benchOf(t)
    const first = await opened(bench)
    const found = async (): Promise<void> => { await first.taint.learn({ owner, session: `${owner}/s1` }, [note], { labels: crm, origin: 'crm/find' }) }
    await found()
    bench.nowMs += 2000
    await first.taint.forgive(owner, `${owner}/s1`, { labels: ['crm'], above: 'public' })
    assert.equal(await first.carried('s1', history), 'public crm/find')
    bench.nowMs += 500
    await found()
    assert.equal(await first.carried('s1', history), 'restricted crm pii crm/find')
    await first.store.close()
    assert.equal(await (await opened(bench)).carried('s1', history), 'restricted crm pii crm/find')
  })
})

describe('a history that is sent again to several gateways', { skip: noRedis }, () => {
  test('carries at each what the others learnt since it was read there, until its session is forgotten', async t => {
    const server = await startRedis({ folder: scratchFolder(t) })
    t.after(() => server.close())
    const bench = redisBench(() => server)(t)
    const [one, other] = [await opened(bench), await opened(bench)]
    const plain = [small(1), `I quote: ${quote}`, `and: ${note}`, small(2)]
    for (let turn = 0; turn < 2; turn += 1) assert.equal(await other.carried('s9', plain), nothing)
    await one.carried('s1', [letter, small(3)])
    assert.equal(await other.carried('s9', plain), personal)
    await one.taint.learn({ owner, session: `${owner}/s1` }, [note], { labels: crm, origin: 'crm/find' })
    assert.equal(await other.carried('s9', plain), 'restricted crm pii crm/find')
    assert.ok(other.known >= 12, `${other.known} messages were known`)
    // The letter is said again at both, in other sessions.
    await one.carried('s2', [letter, small(3)])
    await other.carried('s3', [letter, small(3)])
    for (const [session, expected] of [['s1', personal], ['s2', personal], ['s3', nothing]] as const) {
      await one.store.forgetVault(`${owner}/${session}`)
      for (const each of [one, other]) assert.equal(await each.carried('s9', plain), expected, `${session} is forgotten`)
    }
  })
})

test('all of a request is kept in one step, and what could not be kept is put wholly by the next call', async () => {
  const put: (readonly (Note | MarkedNote)[])[] = []
  let isAway = false
  const notes: Notes = {
    ...notesOfProcess(),
    put: (_, some) => {
      put.push(some)
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve()
    },
  }
  const gateway = new Reader(notes, () => 1000)
  const request = [letter, small(1), letter.replace('Would', 'Could'), small(2)]
  isAway = true
  await assert.rejects(gateway.carried('s1', request))
  isAway = false
  await gateway.carried('s1', request)
  await gateway.carried('s1', request)
  await gateway.carried('s2', request)
  assert.deepEqual(put.map(some => some.map(({ body }) => body !== null)), [[true, true], [true, true], [false, false]])
  assert.deepEqual(put[2]?.map(({ marks }) => marks.length), [2, 2])
  isAway = true
  await assert.rejects(gateway.carried('s3', request))
  isAway = false
  await gateway.carried('s3', request)
  assert.deepEqual(put.slice(3).map(some => some.map(({ body, marks }) => [body !== null, marks.length])), [[[false, 3], [false, 3]], [[true, 3], [true, 3]]])
})

test('who brings a text that another call is just keeping waits for it, and does not go on where it could not be kept', async () => {
  const asked: { readonly kept: () => void; readonly lost: () => void }[] = []
  const notes: Notes = { ...notesOfProcess(), put: () => new Promise((resolve, reject) => { asked.push({ kept: resolve, lost: () => { reject(new Error('away')) } }) }) }
  const gateway = new Reader(notes, () => 1000)
  const calls = (): [Promise<string>, Promise<string>] => [gateway.carried('s1', [letter]), gateway.carried('s1', [letter])]
  const settled = async (each: readonly Promise<string>[]): Promise<readonly string[]> => (await Promise.allSettled(each)).map(({ status }) => status)
  const failing = calls()
  asked[0]?.lost()
  assert.deepEqual(await settled(failing), ['rejected', 'rejected'])
  const kept = calls()
  let isDone = false
  void kept[1].then(() => { isDone = true })
  await new Promise(resolve => { setImmediate(resolve) })
  assert.deepEqual([isDone, asked.length], [false, 2])
  asked[1]?.kept()
  assert.deepEqual(await settled(kept), ['fulfilled', 'fulfilled'])
  assert.match(await gateway.carried('s1', [letter]), /pii/)
  assert.equal(asked.length, 2)
})
