// A genuine Presidio as remote detector: what only it finds is a pseudonym for the model, in prompts and in what tools return, and comes back as
// itself. Its offsets count code points, so there are emoji in front of everything.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { findEntities } from '../../gateway/redaction/find.ts'
import { startChild } from '../support/child.ts'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { install } from './install-clients.ts'

const nhs = ['943', '476', '5919'].join(' ')
const mail = 'anna.muster@example.com'

const configFor = (provider: string, detector: string): string => stringify({
  listen: { host: '127.0.0.1', port: 0 }, admin: { port: 0 }, data: './data',
  providers: [{ id: 'cloud', dialect: 'openai', base_url: `${provider}/v1` }],
  models: [{ id: 'cloud/model', context: 100_000, price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2 } }],
  aliases: [{ name: 'gpt', candidates: ['cloud/model'] }],
  policy: { settings: { models: [{ groups: ['*'], models: ['*'] }], data: { pseudonymise: ['uk_nhs', 'email', 'own:badge'] } } },
  redaction: {
    // No rule of the gateway's own is as sure as that: what is found here, Presidio found.
    min_confidence: 1,
    remote: [{ name: 'presidio', protocol: 'presidio', url: detector, local: true, deadline_ms: 20_000, give_up_ms: 20_000, min_score: 0.6, kinds: { STAFF_BADGE: 'own:badge' } }],
  },
})

test('an NHS number, an address and a badge that only Presidio finds are hidden from the model and shown to the caller', { timeout: 900_000 }, async t => {
  const installed = await install('presidio')
  if (installed.kind === 'unavailable') {
    t.skip(installed.reason)
    return
  }
  const folder = scratchFolder(t, 'presidio')
  const presidio = await startChild({ command: installed.path, args: [join(import.meta.dirname, 'programs/presidio_server.py')], cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder } })
  t.after(() => presidio.stop())
  const port = await presidio.line(line => /^listening on (\d+)$/.exec(line)?.[1], 120_000)
  const provider = await startFakeProvider({ reply: ({ asked }) => ({ kind: 'answer', text: asked?.userText ?? '' }) })
  t.after(provider.close)
  const gateway = await spawnGateway({ folder, config: configFor(provider.url, `http://127.0.0.1:${port}`) })
  t.after(() => gateway.close())

  const said = `👩‍👩‍👧 🚀 e\u0301 The patient has NHS number ${nhs}, mail ${mail}, and was seen by BADGE QX417.`
  assert.deepEqual(findEntities(said, null, 1), [], 'the gateway itself finds none of it')
  const messages = [{ role: 'system', content: 'You are a helpful assistant, be short.' }, { role: 'user', content: 'A first message about nobody at all' }, { role: 'assistant', content: 'An answer that says nothing' }, { role: 'user', content: said }]
  const ask = (): Promise<Response> => fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'gpt', messages }) })
  const response = await ask()
  assert.equal(response.status, 200, await response.clone().text())
  const sent = provider.requests.at(-1)?.body.toString() ?? ''
  assert.match(sent, /NHS number \[NHS_1\], mail \[EMAIL_1\], and was seen by \[OWN_1\]\./)
  assert.doesNotMatch(sent, /5919|anna\.muster|QX417/)
  const { choices: [choice] } = await response.json() as { choices: [{ message: { content: string } }] }
  assert.equal(choice.message.content, said)

  // Once Presidio has gone, what it has seen is still known, and what it has not seen goes to no model.
  await presidio.stop()
  assert.equal((await ask()).status, 200)
  messages.push({ role: 'user', content: `And what about the patient ${nhs}?` })
  const refused = await ask()
  assert.ok(refused.status >= 400, `${refused.status}`)
  assert.equal(provider.requests.length, 2)
})
