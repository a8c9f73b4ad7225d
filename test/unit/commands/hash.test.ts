// portcullis hash: what it prints is what the gateway looks for, and no value is printed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { scratchFolder } from '../../support/scratch-folder.ts'

const key = 'a key for tests, long enough'
const main = join(import.meta.dirname, '../../../gateway/main.ts')

interface Ran { readonly code: number; readonly out: string; readonly err: string }

const hash = async (folder: string, words: readonly string[], input: string, env: Readonly<Record<string, string>> = { HASH_KEY: key }): Promise<Ran> => {
  writeFileSync(join(folder, 'portcullis.yaml'), stringify({ redaction: { own: [{ name: 'customers', hashes: { shape: 'digits', file: './customers.hashes', key: { env: 'HASH_KEY' }, min_length: 8, max_length: 10 } }, { name: 'words', words: ['a1'] }] } }))
  const child = spawn(process.execPath, [main, 'hash', ...words], { cwd: folder, env: { PATH: process.env['PATH'], ...env } })
  const done = new Promise<number>(resolve => { child.once('close', code => { resolve(code ?? -1) }) })
  const [out, err] = [text(child.stdout), text(child.stderr)]
  child.stdin.end(input)
  return { code: await done, out: await out, err: await err }
}

test('each value once, in the order of the hashes, however it was written', async t => {
  const { code, err, out } = await hash(scratchFolder(t, 'hash'), ['customers'], '4821-1907\n\n1234 5678 90\n48211907\n')
  const expected = ['48211907', '1234567890'].map(value => createHmac('sha256', key).update(value).digest('hex')).sort()
  assert.deepEqual([code, err, out], [0, '', `${expected.join('\n')}\n`])
})

test('values of another length are left out, and named by their lines only', async t => {
  const { code, err, out } = await hash(scratchFolder(t, 'hash'), ['customers'], '48211907\n4711\n')
  assert.equal(code, 1)
  assert.equal(out.split('\n').length, 2)
  assert.match(err, /not from 8 to 10 long.*\(lines 2\)/)
  assert.doesNotMatch(err, /4711/)
})

for (const [what, words, env, problem] of [
  ['no entry is named', [], { HASH_KEY: key }, /portcullis hash customers </], ['there is no such entry', ['clients'], { HASH_KEY: key }, /no entry "clients" with hashes/],
  ['the entry has no hashes', ['words'], { HASH_KEY: key }, /no entry "words" with hashes/], ['the key is not there', ['customers'], {}, /hashes\.key.*HASH_KEY is not set/s],
] as const) {
  test(`says what is wrong where ${what}`, async t => {
    const { code, err, out } = await hash(scratchFolder(t, 'hash'), words, '48211907\n', env)
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, problem)
  })
}
