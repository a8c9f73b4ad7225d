// A genuine Presidio as remote detector: what only it finds is a pseudonym for the model, in prompts and in what tools return, and comes back as
// itself. Its offsets count code points, so there are emoji in front of everything.
//
// PRESIDIO_APP names app.py of presidio-analyzer, Presidio's own server, which is in its repository and in no registry. Without it the same analyzer is
// asked through a server of ours.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import type { Finding } from '../../gateway/exchange/finding.ts'
import { findEntities } from '../../gateway/redaction/find.ts'
import type { AskedText } from '../../gateway/redaction/remote/protocol.ts'
import { RemoteDetector } from '../../gateway/redaction/remote/remote-detector.ts'
import type { RemoteSpec } from '../../gateway/redaction/remote/remote-spec.ts'
import { createHttpUpstream } from '../../gateway/upstream/http.ts'
import { startChild } from '../support/child.ts'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { install } from './install-clients.ts'

const nhs = ['943', '476', '5919'].join(' ')
const mail = 'anna.muster@example.com'

/** One that the server does not have: it is told of it with each request. */
const badge = { name: 'badge', supported_language: 'en', supported_entity: 'STAFF_BADGE', patterns: [{ name: 'badge', regex: '\\bBADGE [A-Z]{2}\\d{3}\\b', score: 0.8 }] }

interface Started { readonly url: string; readonly folder: string; readonly stop: () => Promise<unknown> }

/** Presidio, or null where it cannot be had, and the test says why. */
const startPresidio = async (t: TestContext): Promise<Started | null> => {
  const installed = await install('presidio')
  if (installed.kind === 'unavailable') {
    t.skip(installed.reason)
    return null
  }
  const app = process.env['PRESIDIO_APP']
  const folder = scratchFolder(t, 'presidio')
  const programs = join(import.meta.dirname, 'programs')
  const args = app === undefined ? [join(programs, 'presidio_server.py')] : [join(programs, 'presidio_app.py'), app]
  const presidio = await startChild({ command: installed.path, args, cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder } })
  t.after(() => presidio.stop())
  const port = await presidio.line(line => /^listening on (\d+)$/.exec(line)?.[1], 120_000)
  t.diagnostic(app === undefined ? 'asked through a server of ours' : `asked through ${app}`)
  return { url: `http://127.0.0.1:${port}`, folder, stop: () => presidio.stop() }
}

const configFor = (provider: string, detector: string): string => stringify({
  listen: { host: '127.0.0.1', port: 0 }, admin: { port: 0 }, data: './data',
  providers: [{ id: 'cloud', dialect: 'openai', base_url: `${provider}/v1` }],
  models: [{ id: 'cloud/model', context: 100_000, price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2 } }],
  aliases: [{ name: 'gpt', candidates: ['cloud/model'] }],
  policy: { settings: { models: [{ groups: ['*'], models: ['*'] }], data: { pseudonymise: ['uk_nhs', 'email', 'own:badge'] } } },
  redaction: {
    // No rule of the gateway's own is as sure as that: what is found here, Presidio found.
    min_confidence: 1,
    remote: [{ name: 'presidio', protocol: 'presidio', url: detector, local: true, deadline_ms: 20_000, give_up_ms: 20_000, min_score: 0.6, kinds: { STAFF_BADGE: 'own:badge' }, options: { ad_hoc_recognizers: [badge] } }],
  },
})

test('an NHS number, an address and a badge that only Presidio finds are hidden from the model and shown to the caller', { timeout: 900_000 }, async t => {
  const presidio = await startPresidio(t)
  if (presidio === null) return
  const { folder, url } = presidio
  const provider = await startFakeProvider({ reply: ({ asked }) => ({ kind: 'answer', text: asked?.userText ?? '' }) })
  t.after(provider.close)
  const gateway = await spawnGateway({ folder, config: configFor(provider.url, url) })
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

test('batches, languages, scores and errors are as the adapter takes them', { timeout: 900_000 }, async t => {
  const presidio = await startPresidio(t)
  if (presidio === null) return
  const http = createHttpUpstream({ maxConnectionsPerOrigin: 4, keepAliveMs: 1000 })
  t.after(() => http.destroy())
  const asking = (change: Partial<RemoteSpec>): ((...texts: readonly string[]) => Promise<{ readonly found: readonly (readonly string[] | null)[]; readonly outcomes: readonly string[] }>) => {
    const outcomes: string[] = []
    const detector = new RemoteDetector({
      name: 'presidio', protocol: 'presidio', url: presidio.url, bearer: null, headers: {}, sources: new Set(['prompt']), minChars: 1, maxChars: 100_000, kinds: new Map(), ask: [], minScore: 0.4, language: 'en', model: 'none', options: {},
      raises: true, deadlineMs: 60_000, giveUpMs: 60_000, concurrency: 4, batchTexts: 64, batchChars: 50_000, breakerFailures: 99, breakerCooldownMs: 10, memoBytes: 0, ...change,
    }, request => http.send(request), { called: (_name, outcome) => { outcomes.push(outcome) }, rests: () => undefined })
    return async (...texts) => {
      const said = new Map<string, readonly Finding[]>()
      await detector.ask(new Map(texts.map((text): [string, AskedText] => [text, { text, source: 'prompt', key: null, path: [] }])), said)
      return { outcomes, found: texts.map(text => said.get(text)?.map(({ end, kind, start }) => `${kind} ${text.slice(start, end)}`).sort() ?? null) }
    }
  }
  const emoji = `👩‍👩‍👧 🚀 e\u0301 ${mail}`
  const phone = 'my number is 212-555-5555'
  const only = { ask: ['EMAIL_ADDRESS', 'PHONE_NUMBER'] }
  assert.deepEqual((await asking(only)(emoji)).found, [[`email ${mail}`]])
  assert.deepEqual((await asking(only)(emoji, 'nothing at all', `${mail} 🚀 ${mail}`)).found, [[`email ${mail}`], [], [`email ${mail}`, `email ${mail}`]], 'a list is answered by a list of lists')
  assert.deepEqual((await asking(only)(phone)).found, [['phone 212-555-5555']], 'at its least score')
  assert.deepEqual((await asking({ ...only, minScore: 0.5 })(phone)).found, [[]], 'below it')
  assert.deepEqual((await asking({ ...only, language: 'de' })(emoji)).found, [[`email ${mail}`]], 'another of its languages')
  assert.deepEqual(await asking({ ...only, language: 'fr' })(emoji), { outcomes: ['refused'], found: [null] }, 'a language that it does not know: nothing was looked at')
  assert.deepEqual(await asking({ ask: ['NO_SUCH_TYPE'] })(emoji, phone), { outcomes: ['refused'], found: [null, null] })
  assert.deepEqual((await asking({ ask: ['STAFF_BADGE'], kinds: new Map([['STAFF_BADGE', 'own:badge']]), options: { ad_hoc_recognizers: [badge] } })('🚀 BADGE QX417', 'BADGE X')).found, [['own:badge BADGE QX417'], []])
})
