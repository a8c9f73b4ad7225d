// Data that is no string: numbers, in whatever spelling a serialiser gives them, and names of members.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchFolder } from '../support/scratch-folder.ts'
import { message, startWorld } from './setup.ts'

/** Members of a tool's arguments as text: JSON.stringify has one spelling of a number. */
const asked = (members: string): string => JSON.stringify({
  ...message('', { model: 'cloud-anthropic/small' }),
  messages: [{ role: 'user', content: 'Look her up.' }, { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look_up', input: 'HERE' }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' }] }],
}).replace('"HERE"', `{${members}}`)

test('numbers and names of members are hidden from a model like strings, and what is nobody\'s stays a number', async t => {
  const folder = scratchFolder(t, 'flow')
  writeFileSync(join(folder, 'projects.txt'), 'Project Bluebird\nKönigsstein\n')
  const kinds = ['us_ssn', 'phone', 'card', 'medical_record', 'coordinates', 'email', 'own:projects']
  const world = await startWorld(t, { folder, config: { redaction: { own: [{ name: 'projects', words: { file: './projects.txt' } }] }, policy: { settings: { data: { pseudonymise: kinds } } } } })
  const response = await world.post('/v1/messages', asked('"ssn":219099999,"phone":2125550123.0,"patient_id":1234567,"card":4.111111111111111E15,"lat":52.5200066,"lng":-122.4194155,"Project Bluebird":1,"Königsstein":{"seed":123456789,"price":1234.5678,"created":1700000000}'))
  assert.equal(response.status, 200, await response.text())
  const [request] = world.cloud.requests
  const { messages } = JSON.parse(request?.body.toString() ?? '') as { messages: { content: { input: unknown }[] }[] }
  assert.deepEqual(messages[1]?.content[0]?.input, {
    'ssn': '[SSN_1]', 'phone': '[PHONE_1]', 'patient_id': '[MRN_1]', 'card': '[CARD_1]', 'lat': '[COORDS_1]', 'lng': '[COORDS_2]', '[OWN_1]': 1, '[OWN_2]': { seed: 123456789, price: 1234.5678, created: 1700000000 },
  })
})

test('a value that the session knows is hidden where it comes again as a number', async t => {
  const world = await startWorld(t)
  const headers = { 'x-portcullis-session': 'one' }
  await world.post('/v1/messages', message('My phone: 2125550123', { model: 'cloud-anthropic/small' }), headers)
  assert.equal((await world.post('/v1/messages', asked('"x":2125550123,"y":2125550124'), headers)).status, 200)
  assert.match(world.cloud.requests.at(-1)?.body.toString() ?? '', /"x":"\[PHONE_1\]","y":2125550124/)
})
