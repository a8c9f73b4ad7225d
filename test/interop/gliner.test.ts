// Genuine servers of GLiNER models as remote detectors: `gliner.serve` of the library, and the server that NeMo Guardrails comes with. The model
// is made here, of random weights: what it finds is nonsense, but each finding has to stand where the server says, and none may be lost.
//
// The library is large (PyTorch), so it is not installed unasked: GLINER_PYTHON names an interpreter that has `gliner[serve]`, fastapi and uvicorn, or
// GLINER=install lets pip get them. NeMo's server is in no registry: GLINER_SERVER names the folder src of its examples/deployment/gliner_server.
import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Finding } from '../../gateway/exchange/finding.ts'
import type { ProtocolName } from '../../gateway/redaction/remote/protocols.ts'
import { RemoteDetector } from '../../gateway/redaction/remote/remote-detector.ts'
import { createHttpUpstream } from '../../gateway/upstream/http.ts'
import { startChild, type Child } from '../support/child.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { install } from './install-clients.ts'

const environment = (folder: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...Object.fromEntries(['PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH'].flatMap(name => process.env[name] === undefined ? [] : [[name, process.env[name]]])) as Record<string, string>,
  HOME: folder, HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false', OMP_NUM_THREADS: '1', RAY_USAGE_STATS_ENABLED: '0', ...more,
})

const freePort = (): Promise<number> => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => { resolve(port) })
  })
})

const isUp = async (url: string): Promise<boolean> => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'Is it up?', labels: ['person'] }) }).catch(() => null))?.status === 200

/** A model, and the interpreter that made it; null where there is none, and the test says why. */
const modelFor = async (t: TestContext): Promise<{ readonly python: string; readonly folder: string; readonly model: string } | null> => {
  const installed = await install('gliner')
  if (installed.kind === 'unavailable') {
    t.skip(installed.reason)
    return null
  }
  const folder = scratchFolder(t, 'gliner')
  const model = join(folder, 'model')
  const maker = await startChild({ command: installed.path, args: [join(import.meta.dirname, 'programs/make_gliner.py'), model], cwd: folder, env: environment(folder) })
  assert.equal((await maker.exit).code, 0, maker.stderr())
  return { python: installed.path, folder, model }
}

const served = async (t: TestContext, child: Child, url: string): Promise<void> => {
  t.after(() => child.stop('SIGTERM', 20_000))
  let ended = false
  void child.exit.then(() => { ended = true })
  await eventually(async () => ended || await isUp(url), { withinMs: 240_000, everyMs: 500 })
  assert.ok(!ended, `the server ended: ${child.stderr().slice(-2000)}`)
}

/** What the gateway's adapter makes of a server's answers. */
const asking = (t: TestContext, protocol: ProtocolName, url: string): ((text: string) => Promise<readonly Finding[]>) => {
  const http = createHttpUpstream({ maxConnectionsPerOrigin: 4, keepAliveMs: 1000 })
  t.after(() => http.destroy())
  const outcomes: string[] = []
  const detector = new RemoteDetector({
    name: 'gliner', protocol, url, bearer: null, headers: {}, sources: new Set(['prompt']), minChars: 1, maxChars: 100_000, kinds: new Map(), ask: ['person', 'city'], minScore: 0.05, language: 'en', model: 'gliner', options: {},
    raises: true, deadlineMs: 60_000, giveUpMs: 60_000, concurrency: 2, batchTexts: 64, batchChars: 50_000, breakerFailures: 99, breakerCooldownMs: 10, memoBytes: 1 << 20,
  }, request => http.send(request), { called: (_name, outcome) => { outcomes.push(outcome) }, rests: () => undefined })
  return async text => {
    const said = new Map<string, readonly Finding[]>()
    await detector.ask(new Map([[text, { text, source: 'prompt', key: null, path: [] }]]), said)
    const findings = said.get(text)
    assert.ok(findings !== undefined, `the adapter could not read it: ${outcomes.join()}`)
    return findings
  }
}

const emoji = '👩‍👩‍👧 🚀 e\u0301 Łukasz Kowalski wrote to Anna Muster, and ANNA MUSTER wrote to Łukasz Kowalski 🚀 in Łódź.'
const words = (count: number): string => Array.from({ length: count }, (_, index) => `w${index}`).join(' ')
const long = `${words(900)} 🚀 Anna Muster`

/** The random model takes nearly every word for a person, so nearly all of a text has to be covered. */
const covers = (text: string, findings: readonly Finding[], where: string): boolean => {
  const at = text.lastIndexOf(where)
  return findings.some(({ end, start }) => start < at + where.length && end > at)
}

test('gliner.serve: findings stand where it says, behind emoji and at the end of a text that is longer than it looks at', { timeout: 600_000 }, async t => {
  const made = await modelFor(t)
  if (made === null) return
  const port = await freePort()
  const args = ['-m', 'gliner.serve', '--model', made.model, '--device', 'cpu', '--dtype', 'float32', '--num-gpus-per-replica', '0', '--no-compile', '--port', String(port), '--max-batch-size', '2', '--precompiled-batch-sizes', '1,2', '--warmup-iterations', '1', '--max-model-len', '384']
  const url = `http://127.0.0.1:${port}`
  await served(t, await startChild({ command: made.python, args, cwd: made.folder, env: environment(made.folder) }), `${url}/gliner`)
  const ask = asking(t, 'gliner_serve', url)
  const findings = await ask(emoji)
  const raw = await (await fetch(`${url}/gliner`, { method: 'POST', body: JSON.stringify({ text: emoji, labels: ['person', 'city'], threshold: 0.05, flat_ner: false }) })).json() as { entities: { start: number; end: number; text: string; score: number }[] }
  assert.ok(findings.length > 3)
  assert.deepEqual(findings.map(({ end, start }) => emoji.slice(start, end)).sort(), raw.entities.map(({ text }) => text).sort())
  assert.deepEqual(raw.entities.map(({ end, start }) => Array.from(emoji).slice(start, end).join('')), raw.entities.map(({ text }) => text), 'its offsets count code points')
  const whole = await (await fetch(`${url}/gliner`, { method: 'POST', body: JSON.stringify({ text: long, labels: ['person', 'city'], threshold: 0.05 }) })).json() as { entities: { end: number }[] }
  assert.ok(Math.max(...whole.entities.map(({ end }) => end)) < long.length / 2, 'asked about all of it, it leaves out what is behind its 384 words')
  assert.ok(covers(long, await ask(long), 'Muster'))
})

test('the server of NeMo Guardrails: findings stand where it says, and each value at each of its places', { timeout: 600_000 }, async t => {
  const source = process.env['GLINER_SERVER']
  if (source === undefined) {
    t.skip('GLINER_SERVER does not name the folder src of NeMo Guardrails\' examples/deployment/gliner_server, which is in no registry')
    return
  }
  const made = await modelFor(t)
  if (made === null) return
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  await served(t, await startChild({ command: made.python, args: ['-m', 'gliner_server.server', '--host', '127.0.0.1', '--port', String(port)], cwd: source, env: environment(made.folder, { MODEL_NAME: made.model, DEVICE: 'cpu' }) }), `${url}/v1/extract`)
  const ask = asking(t, 'gliner', url)
  const raw = await (await fetch(`${url}/v1/extract`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: emoji, labels: ['person', 'city'], threshold: 0.05, chunk_length: 384, overlap: 128, flat_ner: false }) })).json() as { entities: { start_position: number; end_position: number; value: string }[] }
  assert.deepEqual(raw.entities.map(({ end_position: end, start_position: start }) => Array.from(emoji).slice(start, end).join('')), raw.entities.map(({ value }) => value), 'its offsets count code points')
  const findings = await ask(emoji)
  const texts = new Set(findings.map(({ end, start }) => emoji.slice(start, end)))
  assert.ok(raw.entities.every(({ value }) => texts.has(value)))
  for (const { value } of raw.entities.filter(one => /^\p{L}/u.test(one.value) && /\p{L}$/u.test(one.value))) {
    const places = Array.from(emoji.matchAll(new RegExp(`(?<!\\p{L})${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\p{L})`, 'giu')), ({ index }) => index)
    assert.ok(places.every(place => findings.some(({ start }) => start === place)), value)
  }
  // Two of its chunks; a random model finds thousands of spans in more, which it compares each with each.
  const longer = `${words(120)} 🚀 Anna Muster`
  assert.ok(covers(longer, await ask(longer), 'Muster'))
  // What it cannot read it says with another status, and then nothing was looked at.
  assert.equal((await fetch(`${url}/v1/extract`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"x","threshold":2}' })).status, 422)
})
