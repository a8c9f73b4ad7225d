// Failures of our own: the caller learns that it was not its fault, nothing passes that should not, and no inner word leaks.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { chat, keys, message, standardConfig, startWorld } from './setup.ts'

const dialects = [{ path: '/v1/chat/completions', ask: chat }, { path: '/v1/messages', ask: message }] as const
const innerWords = 'inner words that are nobody\'s business'

for (const { path, ask } of dialects) {
  for (const verb of ['receive', 'classify', 'decide', 'route', 'transform', 'attempt', 'respond'] as const) {
    test(`${path}: a defect in ${verb} is a 500 with an exchange id, and the next call is served`, async t => {
      let broken = true
      const world = await startWorld(t, {
        alterStages: stages => ({
          ...stages,
          model: {
            ...stages.model,
            [verb]: (...given: unknown[]): unknown => {
              if (broken) throw new TypeError(innerWords)
              return Reflect.apply(stages.model[verb], stages.model, given)
            },
          },
        }),
      })
      const response = await world.post(path, ask('Hi', { model: 'cloud-only' }))
      const body = await response.text()
      assert.equal(response.status, 500, body)
      assert.match(body, /gateway\.bug/)
      assert.ok(body.includes(response.headers.get('x-portcullis-exchange') ?? 'no id'))
      assert.doesNotMatch(body + JSON.stringify(world.audit()), new RegExp(innerWords))
      assert.ok(world.log.some(line => line.startsWith('error defect') && line.includes(innerWords)), 'the operator sees what it was')
      assert.equal(world.outcomes().at(-1)?.['failure'], 'gateway.bug')
      if (verb !== 'respond') assert.equal(world.cloud.requests.length, 0)
      broken = false
      assert.equal((await world.post(path, ask('Hi', { model: 'cloud-only' }))).status, 200)
      assert.equal((await (await world.admin('/status')).json() as { active: number }).active, 0, 'every place was given back')
    })
  }

  test(`${path}: when the policy cannot be evaluated, nothing passes`, async t => {
    const world = await startWorld(t, {
      alterStages: stages => ({
        ...stages,
        model: {
          ...stages.model,
          decide: (x, principal, seen) => {
            const policy = { revision: 'broken', decide: () => { throw new Error(innerWords) } }
            return stages.model.decide(Object.defineProperty(x, 'runtime', { value: { ...x.runtime, policy } }), principal, seen)
          },
        },
      }),
    })
    const response = await world.post(path, ask('Hi'))
    const body = await response.text()
    assert.equal(response.status, 503, body)
    assert.match(body, /policy\.unavailable/)
    assert.doesNotMatch(body, new RegExp(innerWords))
    assert.equal(world.cloud.requests.length + world.local.requests.length, 0)
    assert.equal(world.outcomes().at(-1)?.['failure'], 'policy.unavailable')
  })
}

test('when the audit log cannot grow, calls are refused before they are forwarded, and the gateway is not ready', { skip: process.platform === 'win32' }, async t => {
  const folder = scratchFolder(t, 'full')
  const provider = await startFakeProvider()
  t.after(provider.close)
  // A limit on the size of files is a full disk that a test can have.
  const gateway = await spawnGateway({
    folder, config: stringify(standardConfig(provider.url, provider.url)), env: { CLOUD_KEY: 'cloud-secret' },
    wrapper: ['bash', '-c', 'ulimit -f 200; exec "$@"', 'bash'],
  })
  t.after(gateway.close)
  const ask = (): Promise<Response> => fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` }, body: JSON.stringify(chat('Hi', { model: 'cloud-only' })),
  })
  // The records of refusals are short: they fill what is left, and each that succeeds lets another call be tried.
  const served: (string | null)[] = []
  let refused = 0
  for (let asked = 0; asked < 2000 && refused < 10; asked += 1) {
    const response = await ask()
    const body = await response.text()
    if (response.status === 200) {
      served.push(response.headers.get('x-portcullis-exchange'))
      refused = 0
    } else {
      assert.equal(response.status, 503)
      assert.match(body, /audit\.unavailable/)
      refused += 1
    }
  }
  assert.ok(served.length > 5, 'it worked until the disk was full')
  assert.equal(refused, 10, 'then it refuses for good')
  const forwarded = provider.requests.length
  assert.equal((await ask()).status, 503)
  assert.equal(provider.requests.length, forwarded, 'nothing is forwarded that cannot be recorded')
  assert.equal((await fetch(`${gateway.admin}/readyz`)).status, 503)
  const recorded = readFileSync(join(folder, 'data', 'audit', readdirSync(join(folder, 'data', 'audit')).find(name => name.endsWith('.jsonl')) ?? ''), 'utf8')
    .split('\n').filter(line => line.includes('"phase":"outcome"')).map(line => (JSON.parse(line) as { exchange: string }).exchange)
  assert.deepEqual(served.filter(exchange => exchange === null || !recorded.includes(exchange)), [], 'every answered call is recorded')
})
