// Going on from a response: who keeps the conversation, who may go on from it, and that it is judged anew.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { asker, client, models, withNative, type Json } from './responses-world.ts'
import { adjustEntry, keys, startWorld } from './setup.ts'

test('the conversation that a request goes on from is scanned, decided and redacted as if it had been sent', async t => {
  const world = await startWorld(t, withNative())
  const first = await asker(world, false)({ model: models.chat, input: 'I am jane.doe@example.org' })
  assert.match(first.output_text, /jane\.doe@example\.org/)
  const second = await asker(world, true)({ model: models.messages, previous_response_id: first.id, input: 'Who am I?' })
  assert.equal(second.status, 'completed')
  const sent = world.cloud.requests.at(-1)
  assert.equal(sent?.endpoint, 'messages')
  assert.match(sent.body.toString(), /I am \[EMAIL_1\].*You said: I am \[EMAIL_1\].*Who am I\?/s)
  assert.doesNotMatch(sent.body.toString(), /jane/)
  const sessions = new Set(world.outcomes().map(outcome => outcome['session']))
  assert.equal(sessions.size, 1)
  const { entities } = world.audit().findLast(record => record.phase === 'intent') as unknown as { entities: { email: number } }
  assert.ok(entities.email >= 2, 'what was said before counts as said')
})

test('a response of another key is unknown, to go on from, to get and to delete', async t => {
  const world = await startWorld(t, withNative())
  for (const model of [models.chat, models.native]) {
    const first = await asker(world, false)({ model, input: 'A secret of alice' })
    const body = { model, previous_response_id: first.id, input: 'What did I say?' }
    const before = world.cloud.requests.length
    const refused = await world.post('/v1/responses', body, { authorization: `Bearer ${keys.root}` })
    assert.equal(refused.status, 400)
    const { error } = await refused.json() as { error: Json }
    assert.deepEqual([error['code'], error['param'], error['type']], ['previous_response_not_found', 'previous_response_id', 'invalid_request_error'])
    assert.equal(world.cloud.requests.length, before)
    for (const method of ['GET', 'DELETE']) {
      const asked = await fetch(`${world.url}/v1/responses/${first.id}`, { method, headers: { authorization: `Bearer ${keys.root}` } })
      assert.equal(asked.status, 404)
    }
    assert.equal((await asker(world, false)(body)).status, 'completed')
  }
})

test('what the gateway keeps can be fetched and deleted; what a provider keeps, or nobody, cannot', async t => {
  const world = await startWorld(t, withNative())
  const openai = client(world)
  const kept = await openai.responses.create({ model: models.chat, input: 'Hello' })
  const fetched = await openai.responses.retrieve(kept.id)
  assert.deepEqual([fetched.id, fetched.output_text], [kept.id, kept.output_text])
  await assert.rejects(openai.responses.retrieve(kept.id, { stream: true }), OpenAI.BadRequestError)
  await openai.responses.delete(kept.id)
  await assert.rejects(openai.responses.retrieve(kept.id), OpenAI.NotFoundError)
  await assert.rejects(openai.responses.create({ model: models.chat, input: 'Go on', previous_response_id: kept.id }), /not found/)
  const private_ = await openai.responses.create({ model: models.chat, input: 'Hello', store: false })
  await assert.rejects(openai.responses.retrieve(private_.id), OpenAI.NotFoundError)
  const native = await openai.responses.create({ model: models.native, input: 'Hello' })
  await assert.rejects(openai.responses.retrieve(native.id), OpenAI.NotFoundError)
  for (const path of [`/v1/responses/${kept.id}/input_items`, `/v1/responses/${kept.id}/cancel`]) assert.equal((await world.get(path)).status, 404)
  assert.ok(world.outcomes().some(outcome => outcome['method'] === '/v1/responses/{id}'))
})

test('an answer comes from the provider that keeps the conversation; an id that nobody gave out goes to the only one that could know it', async t => {
  const world = await startWorld(t, withNative({
    adjust: config => ({ ...config, aliases: [{ name: 'any', candidates: ['home/llama', 'cloud/small', 'native/small'] }] }),
  }))
  const first = await asker(world, false)({ model: models.native, input: 'Remember 42' })
  const second = await asker(world, false)({ model: 'any', previous_response_id: first.id, input: 'What was it?' })
  assert.equal(world.cloud.requests.at(-1)?.endpoint, 'responses')
  assert.match(world.cloud.requests.at(-1)?.asked?.inputText ?? '', /Remember 42/)
  assert.equal(world.local.requests.length, 0)
  assert.ok(second.id.startsWith('resp_fake'))
  // Not known here: the provider says so in its own words.
  const passed = await world.post('/v1/responses', { model: 'any', previous_response_id: 'resp_unknown', input: 'Go on' })
  assert.equal(passed.status, 400)
  assert.deepEqual((await passed.json() as { error: Json }).error, { message: 'Previous response with id \'resp_unknown\' not found.', type: 'invalid_request_error', param: 'previous_response_id', code: 'previous_response_not_found' })
  assert.equal(world.cloud.requests.length, 3)
  const refused = await world.post('/v1/responses', { model: models.chat, previous_response_id: first.id, input: 'Go on' })
  assert.equal(refused.status, 400)
  assert.match((await refused.json() as { error: { message: string } }).error.message, /kept by the provider "native"/)
  for (const [field, value] of [['conversation', 'conv_1'], ['prompt', { id: 'pmpt_1' }]] as const) {
    const asked = await world.post('/v1/responses', { model: models.chat, input: 'Hi', [field]: value })
    assert.equal(asked.status, 400)
    assert.equal((await asked.json() as { error: Json }).error['param'], field)
  }
  assert.equal(world.cloud.requests.length, 3)
})

test('what goes on from a response means the same by its placeholders, whatever session the client names it with', async t => {
  const world = await startWorld(t, withNative())
  for (const model of [models.native, models.chat]) {
    const first = await asker(world, false)({ model, input: 'I am jane.doe@example.org', prompt_cache_key: `${model} one` })
    world.cloud.script.push({ kind: 'answer', text: 'You are [EMAIL_1].' })
    const second = await asker(world, true)({ model, previous_response_id: first.id, input: 'Who am I?', prompt_cache_key: `${model} two` })
    assert.equal(second.output_text, 'You are jane.doe@example.org.')
    const [before, after] = world.outcomes().slice(-2).map(outcome => outcome['session'])
    assert.equal(after, before)
  }
  const explicit = await asker(world, false)({ model: models.chat, input: 'Hello' })
  await world.post('/v1/responses', { model: models.chat, previous_response_id: explicit.id, input: 'Hi' }, { 'x-portcullis-session': 'mine' })
  assert.equal(world.outcomes().at(-1)?.['session'], 'acme/alice/mine')
})

test('unknown ids can be refused altogether', async t => {
  const world = await startWorld(t, withNative({ config: { responses: { unknown_ids: 'refuse' } } }))
  const refused = await world.post('/v1/responses', { model: models.native, previous_response_id: 'resp_unknown', input: 'Go on' })
  assert.equal(refused.status, 400)
  assert.equal(world.cloud.requests.length, 0)
})

test('what was only named is said: items of kept responses', async t => {
  const world = await startWorld(t, withNative())
  const openai = client(world)
  const first = await openai.responses.create({ model: models.chat, input: 'My number is 42' })
  const [item] = first.output
  assert.ok(item?.id !== undefined)
  const second = await openai.responses.create({ model: models.chat, input: [{ role: 'user', content: 'My number is 42' }, { type: 'item_reference', id: item.id }, { role: 'user', content: 'So?' }] })
  assert.equal(second.status, 'completed')
  assert.match(world.cloud.requests.at(-1)?.asked?.inputText ?? '', /You said: My number is 42/)
  const unknown = await world.post('/v1/responses', { model: models.chat, input: [{ type: 'item_reference', id: 'msg_other' }] })
  assert.equal(unknown.status, 400)
  assert.equal((await unknown.json() as { error: Json }).error['param'], 'input.0')
})

test('a conversation that a provider keeps counts as input, although it is not sent', async t => {
  const world = await startWorld(t, withNative({ adjust: adjustEntry('models', 'native/small', { context: 400 }) }))
  const ask = asker(world, false)
  const first = await ask({ model: models.native, input: 'x '.repeat(400) })
  const second = await world.post('/v1/responses', { model: models.native, previous_response_id: first.id, input: 'y '.repeat(200) })
  assert.equal(second.status, 404)
  assert.match((await second.json() as { error: { message: string } }).error.message, /context 400 is too small/)
})

test('names of long items that come many times are refused before they are put together', async t => {
  const limit = 100_000
  const world = await startWorld(t, withNative({ config: { limits: { body_bytes: limit } } }))
  const first = await client(world).responses.create({ model: models.chat, input: 'x'.repeat(limit / 2) })
  const [item] = first.output
  assert.ok(item?.id !== undefined)
  const asked = world.cloud.requests.length
  for (const input of [Array.from({ length: 1000 }, () => ({ type: 'item_reference', id: item.id })), [{ id: item.id }, { id: item.id }, { id: item.id }]]) {
    const refused = await world.post('/v1/responses', { model: models.chat, input })
    assert.equal(refused.status, 413)
    assert.match(await refused.text(), /with the conversation that it goes on from/)
  }
  assert.equal(world.cloud.requests.length, asked)
})
