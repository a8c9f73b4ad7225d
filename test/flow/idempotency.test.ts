// A call that is sent again under its Idempotency-Key is neither executed nor paid twice, and nobody gets an answer that is not theirs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../support/wait.ts'
import { adjustEntry, chat, keys, message, startWorld, type World, type WorldOptions } from './setup.ts'

const cloudOnly = { model: 'cloud-only' }
const key = (value: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({ 'idempotency-key': value, ...more })
const costOf = (world: World): number => world.outcomes().reduce((sum, outcome) => sum + Number(outcome['cost_usd'] ?? 0), 0)
const withBob: WorldOptions['adjust'] = adjustEntry('keys', 'bob', { subject: { groups: ['engineering'] } })

for (const [path, ask] of [['/v1/chat/completions', chat], ['/v1/messages', message]] as const) {
  for (const stream of [false, true]) {
    const kind = `${path} ${stream ? 'stream' : 'whole answer'}`

    test(`${kind}: asked again it is answered as before, at no cost, and the record says so`, async t => {
      const world = await startWorld(t)
      const body = ask('Hi, I am anna.berg@example.com', { ...cloudOnly, stream })
      const first = await world.post(path, body, key('one'))
      const said = await first.text()
      const again = await world.post(path, body, key('one'))
      assert.equal(await again.text(), said)
      assert.match(said, /anna\.berg@example\.com/, 'values are restored in both')
      assert.deepEqual([again.status, again.headers.get('content-type')], [first.status, first.headers.get('content-type')])
      assert.equal(world.cloud.requests.length, 1)
      const [one, two] = world.outcomes()
      assert.deepEqual([two?.['replayed_of'], two?.['cost_usd'], two?.['usage'], two?.['failure']], [one?.['exchange'], 0, null, null])
      assert.deepEqual([again.headers.get('x-portcullis-replayed'), again.headers.get('x-portcullis-exchange')], [one?.['exchange'], two?.['exchange']])
      assert.equal(first.headers.get('x-portcullis-replayed'), null)
      assert.doesNotMatch(JSON.stringify(world.audit()) + world.log.join(''), /anna\.berg/)
    })

    test(`${kind}: asked twice at once it is executed once`, async t => {
      const answering = Promise.withResolvers<null>()
      const world = await startWorld(t, { cloud: { reply: () => answering.promise } })
      const body = ask('Hi', { ...cloudOnly, stream })
      const all = [1, 2, 3].map(async () => (await world.post(path, body, key('one'))).text())
      await eventually(() => world.cloud.requests.length === 1)
      await eventually(() => world.audit().filter(({ phase }) => phase === 'intent').length === 3)
      answering.resolve(null)
      const [first, ...others] = await Promise.all(all)
      assert.deepEqual(others, [first, first])
      assert.equal(world.cloud.requests.length, 1)
      assert.equal(world.outcomes().filter(outcome => Number(outcome['cost_usd']) > 0).length, 1)
    })

    test(`${kind}: who leaves and asks again gets the answer that was under way`, async t => {
      const answering = Promise.withResolvers<null>()
      const world = await startWorld(t, { cloud: { reply: () => answering.promise } })
      const body = ask('Hi', { ...cloudOnly, stream })
      const leave = new AbortController()
      const left = fetch(world.url + path, {
        method: 'POST', signal: leave.signal, body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}`, 'anthropic-version': '2023-06-01', ...key('one') },
      }).catch(() => null)
      await eventually(() => world.cloud.requests.length === 1)
      leave.abort()
      await left
      const again = world.post(path, body, key('one'))
      await eventually(() => world.audit().filter(({ phase }) => phase === 'intent').length === 2)
      answering.resolve(null)
      const response = await again
      assert.equal(response.status, 200, await response.text())
      assert.equal(world.cloud.requests.length, 1)
      const one = world.outcomes().find(outcome => outcome['failure'] === 'client.gone')
      assert.ok(Number(one?.['cost_usd']) > 0, 'the call is paid, once')
      assert.equal(world.outcomes().find(outcome => outcome['replayed_of'] !== undefined)?.['replayed_of'], one?.['exchange'])
      assert.equal((await (await world.admin('/status')).json() as { active: number }).active, 0)
    })
  }

  test(`${path}: the same key for another request is refused, in the caller's dialect`, async t => {
    const world = await startWorld(t)
    await (await world.post(path, ask('Hi', cloudOnly), key('one'))).text()
    const response = await world.post(path, ask('Ho', cloudOnly), key('one'))
    assert.equal(response.status, 400)
    const { error } = await response.json() as { error: { type: string; message: string } }
    assert.match(error.message, /request\.idempotency/)
    assert.equal(error.type, path.endsWith('messages') ? 'invalid_request_error' : 'idempotency_error')
    assert.equal(world.cloud.requests.length, 1)
  })
}

test('a stream whose caller leaves in the middle goes on, and is there for the retry', async t => {
  const world = await startWorld(t)
  world.cloud.script.push({ kind: 'answer', text: 'word '.repeat(100), eventDelayMs: 5 })
  const body = message('Tell me a story', { ...cloudOnly, stream: true })
  const leave = new AbortController()
  const response = await fetch(`${world.url}/v1/messages`, {
    method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': keys.alice, ...key('one') }, body: JSON.stringify(body),
  })
  await response.body?.getReader().read()
  leave.abort()
  const again = await (await world.post('/v1/messages', body, key('one'))).text()
  const text = [...again.matchAll(/"text_delta","text":"([^"]*)"/g)].map(([, delta]) => delta).join('')
  assert.equal(text, 'word '.repeat(100))
  assert.match(again, /message_stop/)
  assert.equal(world.cloud.requests.length, 1)
})

test('where the operator does not want abandoned calls to go on, they end, and the retry is a call of its own', async t => {
  const world = await startWorld(t, { config: { idempotency: { finish_abandoned: false } } })
  world.cloud.script.push({ kind: 'answer', text: 'word '.repeat(200), eventDelayMs: 20 })
  const body = message('Tell me a story', { ...cloudOnly, stream: true })
  const leave = new AbortController()
  const response = await fetch(`${world.url}/v1/messages`, {
    method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': keys.alice, ...key('one') }, body: JSON.stringify(body),
  })
  await response.body?.getReader().read()
  leave.abort()
  await eventually(() => world.cloud.requests[0]?.callerLeft === true)
  assert.equal((await world.post('/v1/messages', body, key('one'))).status, 200)
  assert.equal(world.cloud.requests.length, 2)
})

test('what one principal was answered is not given to another, nor does a provider see whose key it was', async t => {
  const world = await startWorld(t, { adjust: withBob })
  await (await world.post('/v1/chat/completions', chat('Hi', cloudOnly), key('one'))).text()
  const bob = await world.post('/v1/chat/completions', chat('Hi', cloudOnly), key('one', { authorization: `Bearer ${keys.bob}` }))
  assert.equal(bob.headers.get('x-portcullis-replayed'), null)
  const sent = world.cloud.requests.map(({ headers }) => headers['idempotency-key'])
  assert.equal(sent.length, 2)
  assert.equal(new Set(sent).size, 2, 'a provider could give one the other\'s answer')
  assert.ok(sent.every(one => typeof one === 'string' && !one.includes('one')))
})

test('each destination gets a key of its own, and the same one when it is asked again', async t => {
  const world = await startWorld(t)
  world.cloud.script.push({ kind: 'raw', status: 500, body: '{}' }, { kind: 'raw', status: 500, body: '{}' })
  assert.equal((await world.post('/v1/chat/completions', chat('Hi', cloudOnly), key('one'))).status, 200)
  const [small, large, again] = world.cloud.requests.map(({ headers }) => headers['idempotency-key'])
  assert.notEqual(small, large)
  assert.equal(large, again)
  await (await world.post('/v1/chat/completions', chat('Hi', cloudOnly))).text()
  assert.equal(world.cloud.requests.at(-1)?.headers['idempotency-key'], undefined, 'none is made up')
})

test('a failure is not kept: the retry is executed', async t => {
  const world = await startWorld(t, { config: { resilience: { attempts: 1 } } })
  world.cloud.script.push({ kind: 'raw', status: 500, body: '{}' }, { kind: 'answer', text: 'cut', cutAfterEvents: 2 })
  const ask = (stream: boolean): Promise<Response> => world.post('/v1/chat/completions', chat('Hi', { ...cloudOnly, stream }), key(`one ${stream}`))
  assert.equal((await ask(false)).status, 500)
  assert.equal((await ask(true)).status, 200)
  await eventually(() => world.outcomes().length === 2)
  for (const stream of [false, true]) assert.equal((await ask(stream)).headers.get('x-portcullis-replayed'), null)
  assert.equal(world.cloud.requests.length, 4)
})

test('policy decides a replay anew: who may use nothing any more gets nothing', async t => {
  const world = await startWorld(t)
  const ask = (): Promise<Response> => world.post('/v1/chat/completions', chat('Hi anna.berg@example.com', cloudOnly), key('one'))
  await (await ask()).text()
  world.rewriteConfig({ policy: { settings: { models: [{ groups: ['nobody'], models: ['*'] }] } } })
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  const denied = await ask()
  assert.equal(denied.status, 403)
  assert.doesNotMatch(await denied.text(), /anna/)
  assert.equal(world.cloud.requests.length, 1)
})

test('an answer that was said under other duties to restore values is not given again', async t => {
  const world = await startWorld(t)
  const ask = (): Promise<Response> => world.post('/v1/chat/completions', chat('Hi anna.berg@example.com', cloudOnly), key('one'))
  assert.match(await (await ask()).text(), /anna\.berg/)
  world.rewriteConfig({ policy: { settings: { data: { pseudonymise: ['phone'], mask: ['email'] } } } })
  const reloaded = await world.admin('/reload', { method: 'POST' })
  assert.equal(reloaded.status, 200, await reloaded.text())
  const again = await ask()
  assert.equal(again.status, 400)
  assert.doesNotMatch(await again.text(), /anna/)
  assert.equal(world.cloud.requests.length, 1)
})

test('a key that is too long is refused, and counting tokens takes none', async t => {
  const world = await startWorld(t)
  assert.equal((await world.post('/v1/chat/completions', chat('Hi', cloudOnly), key('k'.repeat(256)))).status, 400)
  for (let asked = 0; asked < 2; asked += 1) await (await world.post('/v1/messages/count_tokens', { model: 'cloud-only', messages: [{ role: 'user', content: 'Hi' }] }, key('one'))).text()
  assert.equal(world.cloud.requests.length, 2)
})

test('an answer that is too large to be kept is not executed again under its key', async t => {
  const world = await startWorld(t, { config: { idempotency: { max_bytes: 1024 } } })
  const ask = (): Promise<Response> => world.post('/v1/chat/completions', chat('long '.repeat(300), cloudOnly), key('one'))
  await (await ask()).text()
  const again = await ask()
  assert.equal(again.status, 400)
  assert.match(await again.text(), /too large to be kept/)
  assert.equal(world.cloud.requests.length, 1)
  assert.ok(costOf(world) > 0)
})

test('the operator can have every call executed', async t => {
  const world = await startWorld(t, { config: { idempotency: { enabled: false } } })
  for (let asked = 0; asked < 2; asked += 1) await (await world.post('/v1/chat/completions', chat('Hi', cloudOnly), key('one'))).text()
  assert.equal(world.cloud.requests.length, 2)
})

for (const [header, value] of [['anthropic-beta', 'context-1m-2025-08-07'], ['x-portcullis-require', 'top_k'], ['x-portcullis-session', 'other']] as const) {
  test(`with another ${header} it is another request`, async t => {
    const world = await startWorld(t)
    const body = message('Hi', cloudOnly)
    await (await world.post('/v1/messages', body, key('one'))).text()
    const other = await world.post('/v1/messages', body, key('one', { [header]: value }))
    assert.match(await other.text(), /request\.idempotency/)
    // Software says of itself which try it is.
    assert.notEqual((await world.post('/v1/messages', body, key('one', { 'x-stainless-retry-count': '1' }))).headers.get('x-portcullis-replayed'), null)
    assert.equal(world.cloud.requests.length, 1)
  })
}
