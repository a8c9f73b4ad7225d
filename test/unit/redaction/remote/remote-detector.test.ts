// A remote detector between a real caller and a made-up wire: batches, memory, late answers, breaker and places.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answer, HttpSend } from '../../../../gateway/exchange/answer.ts'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import type { Finding } from '../../../../gateway/exchange/finding.ts'
import { Breaker } from '../../../../gateway/redaction/remote/breaker.ts'
import type { AskedText } from '../../../../gateway/redaction/remote/protocol.ts'
import { RecentTexts } from '../../../../gateway/redaction/remote/recent-texts.ts'
import { RemoteDetector } from '../../../../gateway/redaction/remote/remote-detector.ts'
import type { RemoteSpec } from '../../../../gateway/redaction/remote/remote-spec.ts'
import { Slots } from '../../../../gateway/redaction/remote/slots.ts'

const spec: RemoteSpec = {
  name: 'names', protocol: 'portcullis', url: 'http://127.0.0.1:1/base/', bearer: null, headers: {}, sources: new Set(['prompt']), minChars: 1, maxChars: 1000, kinds: new Map(), ask: [], minScore: 0.5, language: 'en', model: 'm', options: {},
  raises: true, deadlineMs: 5000, giveUpMs: 5000, concurrency: 4, batchTexts: 3, batchChars: 100, breakerFailures: 2, breakerCooldownMs: 60_000, memoBytes: 1 << 20,
}

const answerOf = (body: string, status = 200): Answer => ({
  status, headers: {}, resume: () => undefined, abort: () => undefined,
  attach: sink => { sink.data(Buffer.from(body)); sink.end() },
})

interface Body { readonly texts: readonly { readonly id: string; readonly text: string }[] }

/** Finds the first word of every text. */
const firstWords = ({ texts }: Body): string =>
  JSON.stringify({ offset_unit: 'utf16', results: texts.map(({ id, text }) => ({ id, spans: [{ start: 0, end: text.split(' ')[0]!.length, type: 'person', score: 0.9 }] })) })

const made = (change: Partial<RemoteSpec>, reply: (body: Body, request: HttpSend) => Answer | Promise<Answer>) => {
  const requests: HttpSend[] = []
  const events: string[] = []
  const detector = new RemoteDetector({ ...spec, ...change }, async request => {
    requests.push(request)
    return await reply(JSON.parse(String(request.body)) as Body, request)
  }, { called: (_name, outcome) => { events.push(outcome) }, rests: (name, problem) => { events.push(`${name} rests: ${problem}`) } })
  const ask = async (...texts: readonly string[]): Promise<Map<string, readonly Finding[]>> => {
    const into = new Map<string, readonly Finding[]>()
    await detector.ask(new Map(texts.map((text): [string, AskedText] => [text, { text, source: 'prompt', key: null, path: [] }])), into)
    return into
  }
  return { detector, ask, requests, events }
}

describe('asking', () => {
  test('many texts are asked about in few calls, and all are answered', async () => {
    const { ask, detector, requests } = made({}, body => answerOf(firstWords(body)))
    const texts = ['Anna a', 'Bert b', 'Cara c', 'Dora d', 'E'.repeat(90), 'F'.repeat(90), 'G'.repeat(500)]
    const said = await ask(...texts)
    assert.deepEqual(requests.map(({ body }) => (JSON.parse(String(body)) as Body).texts.length), [3, 2, 1, 1])
    assert.deepEqual(texts.map(text => said.get(text)?.[0]?.kind), texts.map(() => 'person'))
    assert.deepEqual(texts.map(text => detector.known(text)), texts.map(text => said.get(text)))
  })

  test('address, key and body are those of the declaration', async () => {
    const { ask, requests } = made({ bearer: 'k', headers: { 'x-api-key': 'h', 'content-type': 'text/plain' } }, body => answerOf(firstWords(body)))
    await ask('Anna')
    const [{ headers, method, origin, path }] = requests as [HttpSend]
    assert.deepEqual({ method, origin, path, authorization: headers['authorization'], key: headers['x-api-key'], type: headers['content-type'] }, {
      method: 'POST', origin: 'http://127.0.0.1:1', path: '/base/v1/detect', authorization: 'Bearer k', key: 'h', type: 'application/json',
    })
  })

  test('an answer that comes too late for one is there for the next', async () => {
    const { ask, detector } = made({ deadlineMs: 5 }, async body => {
      await new Promise(resolve => { setTimeout(resolve, 60) })
      return answerOf(firstWords(body))
    })
    assert.equal((await ask('Anna')).size, 0)
    while (detector.known('Anna') === undefined) await new Promise(resolve => { setTimeout(resolve, 5) })
    assert.deepEqual(detector.known('Anna'), [{ kind: 'person', start: 0, end: 4, confidence: 0.9 }])
  })

  test('findings below the least score and types that are not wanted are left out; unknown types have one name', async () => {
    const spans = [{ start: 0, end: 1, type: 'person', score: 0.4 }, { start: 1, end: 2, type: 'GADGET', score: 1 }, { start: 2, end: 3, type: 'date', score: 1 }, { start: 3, end: 4, type: 'BADGE', score: 1 }]
    const { ask } = made({ kinds: new Map([['date', null], ['BADGE', 'own:badge']]) }, () => answerOf(JSON.stringify({ offset_unit: 'byte', results: [{ id: '0', spans }] })))
    assert.deepEqual((await ask('abcd')).get('abcd')?.map(({ kind }) => kind), ['own:names', 'own:badge'])
  })

  test('Presidio has one word for addresses of both generations', async () => {
    const { ask } = made({ protocol: 'presidio', ask: ['IP_ADDRESS'] }, () => answerOf(JSON.stringify([{ entity_type: 'IP_ADDRESS', start: 0, end: 8, score: 1 }, { entity_type: 'IP_ADDRESS', start: 9, end: 16, score: 1 }])))
    assert.deepEqual((await ask('1.2.3.45 2001::1')).get('1.2.3.45 2001::1')?.map(({ kind }) => kind), ['ipv4', 'ipv6'])
  })
})

describe('a server that looks at the beginning of a text only', () => {
  const words = Array.from({ length: 400 }, (_, index) => `w${index}`).join(' ')
  const names = /Anna|🚀Zoë/gu
  /** As gliner.serve: what is behind 384 words it leaves out. */
  const serve = (fails: (text: string) => boolean = () => false) => made({ protocol: 'gliner_serve' }, (_body, request) => {
    const { text } = JSON.parse(String(request.body)) as { text: string }
    if (fails(text)) return answerOf('{"error":"no"}', 500)
    const kept = text.split(' ').slice(0, 384).join(' ')
    const entities = Array.from(kept.matchAll(names), ({ 0: name, index }) => ({ start: Array.from(kept.slice(0, index)).length, end: Array.from(kept.slice(0, index)).length + Array.from(name).length, text: name, label: 'person', score: 0.9 }))
    return answerOf(JSON.stringify({ entities }))
  })

  test('is asked about pieces, and what it says is where it stands in the text', async () => {
    const { ask, requests } = serve()
    for (let before = 0; before < 40; before += 1) {
      const text = `${'🚀'.repeat(before)} ${words} Anna. ${words} 🚀Zoë.`
      const found = (await ask(text)).get(text) ?? []
      assert.deepEqual([...new Set(found.map(({ end, start }) => text.slice(start, end)))], ['Anna', '🚀Zoë'])
      assert.ok(found.every(({ start }) => text.slice(start).search(names) === 0))
    }
    for (const { body } of requests) {
      const { text } = JSON.parse(String(body)) as { text: string }
      assert.ok(text.length <= 384 && text.isWellFormed())
    }
  })

  test('a text of which one piece was not looked at was not looked at', async () => {
    const { ask } = serve(text => text.includes('w399'))
    assert.equal((await ask(`${words} Anna`)).size, 0)
  })
})

test('further members go along, and none takes the place of ours', async () => {
  const { ask, requests } = made({ protocol: 'presidio', options: { allow_list: ['Acme'], language: 'fr', text: 'x' } }, () => answerOf('[]'))
  await ask('Anna')
  assert.deepEqual(JSON.parse(String(requests[0]?.body)), { allow_list: ['Acme'], language: 'en', text: 'Anna', score_threshold: 0.5 })
})

describe('failing', () => {
  const failures: readonly (readonly [what: string, reply: () => Answer | Promise<Answer>, outcome: string])[] = [
    ['status 500', () => answerOf('{}', 500), 'refused'], ['no JSON', () => answerOf('<html>'), 'malformed'], ['other JSON', () => answerOf('[]'), 'malformed'], ['nothing about the texts', () => answerOf('{"offset_unit":"byte","results":[]}'), 'malformed'],
    ['too much', () => answerOf(`"${'x'.repeat(9 << 20)}"`), 'too_large'], ['no connection', () => Promise.reject(new Failure('upstream.connect', 'no')), 'unreachable'], ['too late', () => Promise.reject(new Failure('upstream.timeout', 'no')), 'late'],
    ['a defect', () => Promise.reject(new TypeError('x')), 'unreachable'],
  ]
  for (const [what, reply, outcome] of failures) {
    test(`${what}: nothing is known, and the outcome says why`, async () => {
      const { ask, events } = made({}, reply)
      assert.equal((await ask('Anna is a secret')).size, 0)
      assert.deepEqual(events, [outcome])
      assert.doesNotMatch(JSON.stringify(events), /Anna/)
    })
  }

  test('after so many failures it is left alone, and says so once', async () => {
    const { ask, events, requests } = made({}, () => answerOf('', 503))
    for (let call = 0; call < 5; call += 1) await ask(`text ${call}`)
    assert.equal(requests.length, 2)
    assert.deepEqual(events, ['refused', 'refused', 'names rests: answered with status 503', 'resting', 'resting', 'resting'])
  })
})

describe('the breaker', () => {
  test('tries again after a pause that doubles, with one call', () => {
    let nowMs = 0
    const breaker = new Breaker(2, 100, () => nowMs)
    assert.deepEqual([breaker.allows(), breaker.failed(), breaker.allows(), breaker.failed()], [true, false, true, true])
    assert.equal(breaker.allows(), false)
    nowMs = 100
    assert.deepEqual([breaker.allows(), breaker.allows()], [true, false])
    assert.equal(breaker.failed(), false)
    nowMs = 299
    assert.equal(breaker.allows(), false)
    nowMs = 300
    assert.equal(breaker.allows(), true)
    breaker.succeeded()
    assert.deepEqual([breaker.isOpen, breaker.allows(), breaker.allows()], [false, true, true])
  })

  test('failures that are not in a row do not count together', () => {
    const breaker = new Breaker(2, 100)
    for (let round = 0; round < 5; round += 1) {
      breaker.failed()
      breaker.succeeded()
    }
    assert.equal(breaker.isOpen, false)
  })

  test('calls that were under way when it opened do not make the pause longer', () => {
    let nowMs = 0
    const breaker = new Breaker(1, 100, () => nowMs)
    breaker.failed()
    for (let late = 0; late < 5; late += 1) breaker.failed()
    nowMs = 100
    assert.equal(breaker.allows(), true)
  })
})

describe('places', () => {
  test('are given in order, and who waits too long gets none', async () => {
    const slots = new Slots(1)
    const order: string[] = []
    assert.equal(await slots.enter(1000), true)
    const [second, third, impatient] = [slots.enter(5000).then(() => order.push('second')), slots.enter(5000).then(() => order.push('third')), slots.enter(1)]
    assert.equal(await impatient, false)
    slots.leave()
    await second
    slots.leave()
    await third
    slots.leave()
    assert.deepEqual(order, ['second', 'third'])
    assert.equal(await slots.enter(0), true)
  })
})

test('texts are remembered up to a number of bytes, those in use the longest', () => {
  const recent = new RecentTexts<number>(4000)
  recent.put('used', 1)
  for (let index = 0; index < 200; index += 1) {
    recent.put(`other text ${index}`, index)
    assert.equal(recent.get('used'), 1)
  }
  assert.equal(recent.get('other text 0'), undefined)
  recent.put('x'.repeat(4000), 2)
  assert.equal(recent.get('x'.repeat(4000)), undefined)
})
