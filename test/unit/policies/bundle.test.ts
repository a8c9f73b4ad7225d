// Bundles on disk: a folder of ours, or an archive as `opa build` writes it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { loadBundle } from '../../../policies/engine/bundle.ts'
import { loadPolicy, shippedBundle } from '../../../policies/engine/load-policy.ts'
import { settingsSchema } from '../../../policies/engine/settings.ts'
import { untar } from '../../../policies/engine/untar.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { totalFacts } from './facts.ts'
import { answering, plainAllow, tinyBundle } from './tiny-policy.ts'

const entry = (name: string, content: Uint8Array, type = '0'): Buffer => {
  const head = Buffer.alloc(512)
  head.write(name, 0)
  head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  head.write(type, 156)
  return Buffer.concat([head, content, Buffer.alloc((512 - content.length % 512) % 512)])
}

const archive = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, Buffer.alloc(1024)])
const settings = settingsSchema.parse({})

test('the shipped bundle says what it was made from, and its tests are not in it', () => {
  const { manifest, wasm } = loadBundle(shippedBundle)
  assert.match(manifest.revision, /^[0-9a-f]{64}$/)
  assert.equal(manifest.entrypoint, 'portcullis/main/decision')
  assert.ok(manifest.inputs.includes('subject.tenant'))
  for (const volatile of ['context', 'budget', 'agent.session.age_s', 'agent.session.spend_usd', '']) {
    assert.ok(!manifest.inputs.some(path => path === volatile || path.startsWith(`${volatile}.`)), volatile)
  }
  assert.equal(Buffer.from(wasm).includes('portcullis_test'), false)
})

test('an archive is read as opa build writes it, with leading slashes', async t => {
  const { wasm } = tinyBundle({ answer: answering(plainAllow) })
  const path = join(scratchFolder(t), 'bundle.tar.gz')
  writeFileSync(path, gzipSync(archive(entry('/data.json', Buffer.from('{}')), entry('/policy.wasm', wasm), entry('/.manifest', Buffer.from('{}')))))
  const { manifest } = loadBundle(path)
  // It does not say what it reads, so it is given everything.
  assert.deepEqual(manifest.inputs, [''])
  const engine = await loadPolicy({ bundle: path, rego: [], settings, observeAll: false })
  assert.equal(engine.decide(totalFacts()).result, 'allow')
})

test('an archive with our manifest is read with it', t => {
  const { wasm, manifest } = tinyBundle({ answer: answering(plainAllow), inputs: ['subject.id'] })
  const path = join(scratchFolder(t), 'bundle.tgz')
  writeFileSync(path, gzipSync(archive(entry('policy.wasm', wasm), entry('manifest.json', Buffer.from(JSON.stringify(manifest))))))
  assert.deepEqual(loadBundle(path), { wasm: new Uint8Array(wasm), manifest })
})

test('an archive without policy.wasm says how to build one', t => {
  const path = join(scratchFolder(t), 'bundle.tar.gz')
  writeFileSync(path, gzipSync(archive(entry('policy.rego', Buffer.from('package a')))))
  assert.throws(() => loadBundle(path), { name: 'PolicyError', kind: 'load', message: /no policy\.wasm in it; build it with `opa build -t wasm/ })
})

test('files of an archive are told apart by their blocks', () => {
  const contents = [0, 1, 511, 512, 513, 2000].map(length => Buffer.alloc(length, 'x'))
  const files = untar(archive(...contents.map((content, index) => entry(`file-${index}`, content)), entry('folder', Buffer.alloc(0), '5')))
  assert.deepEqual([...files].map(([name, content]) => [name, content.length]), contents.map((content, index) => [`file-${index}`, content.length]))
})

test('an archive that was cut off gives no more than it has', () => {
  const whole = archive(entry('a', Buffer.from('alpha')), entry('b', Buffer.alloc(5000, 'b')))
  assert.deepEqual([...untar(whole.subarray(0, 1024)).keys()], ['a'])
  assert.deepEqual([...untar(Buffer.alloc(0))], [])
})
