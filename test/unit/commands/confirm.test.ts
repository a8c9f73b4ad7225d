import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { suite, test } from 'node:test'
import { confirm } from '../../../gateway/commands/servers/confirm.ts'

const ask = async (typed: string | null, isTTY: boolean): Promise<{ agreed: boolean; said: string }> => {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = new PassThrough()
  let said = ''
  output.on('data', (chunk: Buffer) => { said += chunk.toString() })
  if (typed === null) input.end()
  else input.write(typed)
  return { agreed: await confirm('Approve?', { input, output }), said }
}

suite('only a typed yes is a yes', () => {
  for (const typed of ['y\n', 'Y\n', 'yes\n', ' Yes \n']) test(JSON.stringify(typed), async () => { assert.equal((await ask(typed, true)).agreed, true) })
  for (const typed of ['\n', 'n\n', 'no\n', 'yep\n', 'yes please\n', null]) {
    test(`${JSON.stringify(typed)} is a no`, async () => {
      const { agreed, said } = await ask(typed, true)
      assert.equal(agreed, false)
      assert.match(said, /Approve\? \[y\/N\][\s\S]*Nothing was written/)
    })
  }
  test('without a terminal nobody was asked, whatever comes in', async () => {
    const { agreed, said } = await ask('y\n', false)
    assert.equal(agreed, false)
    assert.match(said, /confirm with --yes/)
  })
})
