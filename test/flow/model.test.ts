// The main job on model traffic: allowed, routed, answered, recorded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chat, message, startWorld } from './setup.ts'

test('an OpenAI call is allowed, answered by the cheapest model that fits, and recorded with its cost', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/chat/completions', chat('Hello there', { model: 'cloud-only' }))
  assert.equal(response.status, 200, await response.clone().text())
  const answer = await response.json() as { model: string; choices: { message: { content: string } }[] }
  assert.equal(answer.model, 'cloud-only')
  assert.equal(response.headers.get('x-portcullis-model'), 'cloud/small')
  assert.ok(Number(response.headers.get('x-portcullis-cost-usd')) > 0)
  assert.match(answer.choices[0]?.message.content ?? '', /./)
  assert.equal(world.cloud.requests.length, 1)
  const outcome = world.outcomes().at(-1)
  assert.equal(outcome?.['status'], 200)
})

test('an Anthropic call streams through', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/messages', message('Hello there', { model: 'cloud-only', stream: true }))
  const text = await response.text()
  assert.equal(response.status, 200, text)
  assert.match(text, /event: message_stop/)
})
