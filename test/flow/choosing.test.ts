// Choosing a model: the operator's rules, the prompt's difficulty, the conversation's past, and what the record says of it afterwards.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startChild, type Exit } from '../support/child.ts'
import { adjustEntry, chat, message, startWorld, type AuditLine, type World, type WorldOptions } from './setup.ts'

interface Plan {
  readonly strategy: string; readonly planned: string; readonly best: number | null; readonly locked: string | null; readonly difficulty: number | null; readonly rule: number | null
  readonly score: { weights: string; level: number; slope: number } | null
  readonly options: readonly { id: string; success: number | null; usd: number; cold_usd: number }[]
  readonly passed_over: readonly { id: string; why: string }[]
  readonly session: { last: string | null; lock: string | null; escalation: number }
  readonly shadow: { chosen: string; usd: number; actual_usd: number } | null
}
interface Route { readonly chosen: string; readonly reason: string; readonly plan?: Plan; readonly baseline: { model: string; cost_usd: number } | null; readonly saved_usd: number | null }

const routeOf = (outcome: AuditLine | undefined): Route => outcome?.['route'] as Route
const planOf = (outcome: AuditLine | undefined): Plan => {
  const { plan } = routeOf(outcome)
  assert.ok(plan !== undefined, 'the record has no plan')
  return plan
}

const strong = 'cloud/large'
const weak = 'cloud/small'

/** An alias of two models of which one is much dearer and more able. */
const smart = (alias: Readonly<Record<string, unknown>>, more: WorldOptions = {}): WorldOptions => ({
  ...more,
  adjust: config => {
    const learned = adjustEntry('aliases', 'smart', { id: undefined, name: 'smart', candidates: [strong, weak], ...alias })(config)
    const weaker = adjustEntry('models', weak, { quality: 0.6 })(learned)
    return adjustEntry('models', strong, { quality: 0.85, price: { cache_read: 1 } })(weaker)
  },
})

const easy = 'Where do people in Paris keep milk cold?'
const hard = 'Let $K$ be the splitting field of $x^5 - 4x + 2$ over $\\mathbb{Q}$. Determine the degree of $K$, prove that its Galois group is not solvable, and compute the discriminant of the polynomial step by step. A. 60 B. 120 C. 24 D. 20'

const chosenFor = async (world: World, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string | null> => {
  const response = await world.post('/v1/chat/completions', body, headers)
  assert.equal(response.status, 200, await response.clone().text())
  await response.text()
  return response.headers.get('x-portcullis-model')
}

test('an easy prompt goes to the cheap model, a hard one to the able one, and no word of either is recorded', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'balanced' }))
  assert.equal(await chosenFor(world, chat(easy, { model: 'smart' })), weak)
  assert.equal(await chosenFor(world, chat(hard, { model: 'smart' })), strong)
  const [first, second] = world.outcomes()
  assert.equal(planOf(first).strategy, 'learned')
  assert.ok((planOf(first).difficulty ?? 1) < (planOf(second).difficulty ?? 0))
  assert.match(routeOf(first).reason, /^cheapest of 2 of 2 whose predicted success is near the best, \d+ %$/)
  assert.match(planOf(second).passed_over[0]?.why ?? '', /^predicted success \d+ % is below \d+ %$/)
  assert.match(planOf(first).score?.weights ?? '', /^[0-9a-f]{12}$/)
  assert.doesNotMatch(JSON.stringify(world.audit()), /Paris|Galois/)
})

test('what the baseline would have cost is settled with the true usage, and counted', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'cost' }, { cloud: { reply: () => ({ kind: 'answer', text: 'France', usage: { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 } }) } }))
  assert.equal(await chosenFor(world, chat(easy, { model: 'smart' })), weak)
  const route = routeOf(world.outcomes()[0])
  assert.deepEqual(route.baseline, { model: strong, cost_usd: (1000 * 10 + 100 * 30) / 1e6 })
  assert.equal(route.saved_usd, (1000 * 10 + 100 * 30 - 1000 - 200) / 1e6)
  assert.match(await world.metrics(), /gateway_route_saved_USD_total\{gateway_route_strategy="learned"\} 0\.0118\b/)
})

test('a choice that was dearer than the baseline is no saving', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'quality', baseline: weak }))
  assert.equal(await chosenFor(world, chat(hard, { model: 'smart' })), strong)
  const { baseline, saved_usd } = routeOf(world.outcomes()[0])
  assert.equal(baseline?.model, weak)
  assert.ok((saved_usd ?? 0) < 0)
  assert.match(await world.metrics(), /gateway_route_extra_USD_total\{gateway_route_strategy="learned"\} 0\.\d+/)
})

test('the operator\'s own rule goes before everything, and is named', async t => {
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }]
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'cost', rules: [{ when: { groups: ['nobody'] }, use: [weak] }, { when: { tools: true, groups: ['engineering'] }, use: [strong] }] }))
  assert.equal(await chosenFor(world, chat(easy, { model: 'smart', tools })), strong)
  assert.equal(await chosenFor(world, chat(easy, { model: 'smart' })), weak)
  const [first, second] = world.outcomes().map(planOf)
  assert.equal(first?.rule, 1)
  assert.deepEqual(first.passed_over, [{ id: weak, why: 'rule 1 of the alias chooses others' }])
  assert.equal(second?.rule, null)
})

const session = { 'x-portcullis-session': 'conversation-1' }
const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }
const toolTurn = (task: string, results: readonly string[]): Record<string, unknown> => ({
  model: 'smart', tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }],
  messages: [
    { role: 'user', content: task },
    ...results.flatMap(content => [{ role: 'assistant', content: null, tool_calls: [call] }, { role: 'tool', tool_call_id: 'call_1', content }]),
  ],
})

test('a tool loop stays with the model that asked for the tools; the next question is free again', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'balanced' }))
  assert.equal(await chosenFor(world, toolTurn(hard, []), session), strong)
  // The same conversation, and nothing in the loop is hard: what counts is who made the calls.
  assert.equal(await chosenFor(world, toolTurn(hard, ['Paris is in France']), session), strong)
  assert.equal(planOf(world.outcomes()[1]).locked, 'tool-loop')
  const asked = toolTurn(hard, ['Paris is in France'])
  const followed = { ...asked, messages: [...asked['messages'] as object[], { role: 'assistant', content: 'done' }, { role: 'user', content: easy }] }
  assert.equal(await chosenFor(world, followed, session), weak)
  assert.equal(planOf(world.outcomes()[2]).locked, null)
  assert.equal(await chosenFor(world, toolTurn(hard, ['Paris is in France']), { 'x-portcullis-session': 'conversation-2' }), strong, 'another session has no past')
  assert.equal(planOf(world.outcomes()[3]).locked, null)
})

test('a locked conversation moves on when its model rests', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'cost' }, { config: { resilience: { breaker_failures: 1, breaker_cooldown_ms: 60_000 } } }))
  assert.equal(await chosenFor(world, toolTurn(easy, []), session), weak)
  world.cloud.script.push({ kind: 'raw', status: 500, body: '{}', headers: { 'content-type': 'application/json' } })
  assert.equal(await chosenFor(world, toolTurn(easy, ['one']), session), strong, 'the next candidate answers')
  assert.equal(planOf(world.outcomes()[1]).planned, weak)
  assert.equal(await chosenFor(world, toolTurn(easy, ['one', 'two']), session), strong, 'and then it is its tool loop')
})

test('signed thinking binds a conversation to the model that signed it', async t => {
  const world = await startWorld(t, { adjust: config => adjustEntry('aliases', 'think', { id: undefined, name: 'think', strategy: 'learned', prefer: 'cost', candidates: ['cloud-anthropic/small', 'home-anthropic/llama'] })(config) })
  const ask = async (messages: readonly unknown[]): Promise<string | null> => {
    const response = await world.post('/v1/messages', { ...message(easy, { model: 'think' }), messages }, session)
    await response.text()
    return response.headers.get('x-portcullis-model')
  }
  const first = { role: 'user', content: easy }
  assert.equal(await ask([first]), 'home-anthropic/llama')
  await ask([first, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }, { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'seen' }] }])
  assert.equal(planOf(world.outcomes()[1]).locked, 'thinking')
})

test('a conversation whose prompt the provider has cached stays where it is', async t => {
  const usage = { input: 60_000, output: 50, cacheRead: 0, cacheWrite: 0 }
  const world = await startWorld(t, { ...smart({ strategy: 'learned', prefer: 'balanced' }), cloud: { reply: () => ({ kind: 'answer', text: 'done', usage }) } })
  const long = 'The minutes of the meeting follow. '.repeat(6000)
  const turn = (last: string, before: readonly object[]): Record<string, unknown> => ({ model: 'smart', messages: [{ role: 'user', content: long }, { role: 'assistant', content: 'read' }, ...before, { role: 'user', content: last }] })
  assert.equal(await chosenFor(world, turn(easy, []), session), weak)
  const before = [{ role: 'user', content: easy }, { role: 'assistant', content: 'France' }]
  assert.equal(await chosenFor(world, turn(hard, before), session), weak)
  const kept = planOf(world.outcomes()[1])
  assert.equal(kept.locked, 'switch-cost')
  assert.ok((kept.options.find(({ id }) => id === strong)?.cold_usd ?? 0) > 0.4, 'what is forfeited is counted')
  assert.match(routeOf(world.outcomes()[1]).reason, /^stays: a switch would forfeit 0\.\d+ USD/)
  assert.equal(await chosenFor(world, turn(hard, before)), strong, 'without a past the able one answers')
})

test('complaints raise the quality that is asked for', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'balanced' }))
  const history = [{ role: 'user', content: easy }, { role: 'assistant', content: 'Germany' }]
  assert.equal(await chosenFor(world, chat(easy, { model: 'smart' }), session), weak)
  assert.equal(await chosenFor(world, { model: 'smart', messages: [...history, { role: 'user', content: 'Where do they keep butter cold?' }] }, session), weak)
  assert.equal(await chosenFor(world, { model: 'smart', messages: [...history, { role: 'user', content: 'That is wrong. Where do people in Paris keep milk cold?' }] }, session), strong)
  const plan = planOf(world.outcomes()[2])
  assert.ok(plan.session.escalation >= 0.6)
  assert.match(routeOf(world.outcomes()[2]).reason, /raised after failures$/)
})

test('failed tool calls and cut answers raise it as well, and it falls again', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'cost' }))
  world.cloud.script.push({ kind: 'answer', text: 'I w', stop: 'length' })
  await chosenFor(world, toolTurn(easy, []), session)
  await chosenFor(world, toolTurn(easy, ['Error: no such file', 'Error: no such file', 'Traceback (most recent call last)']), session)
  const levels = world.outcomes().map(outcome => planOf(outcome).session.escalation)
  assert.deepEqual(levels, [0, 1])
  await chosenFor(world, { model: 'smart', messages: [{ role: 'user', content: easy }, { role: 'assistant', content: 'done' }, { role: 'user', content: 'Thanks. And Rome?' }] }, session)
  assert.equal(planOf(world.outcomes()[2]).session.escalation, 0.6)
})

test('the same question again asks for a better model, but a job that begins anew each time does not', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'cost' }))
  const regenerated = { model: 'smart', messages: [{ role: 'user', content: 'Hello' }, { role: 'assistant', content: 'Hello!' }, { role: 'user', content: easy }] }
  for (let time = 0; time < 2; time += 1) await chosenFor(world, regenerated, session)
  for (let time = 0; time < 3; time += 1) await chosenFor(world, chat(easy, { model: 'smart' }), { 'x-portcullis-session': 'job' })
  assert.deepEqual(world.outcomes().map(outcome => planOf(outcome).session.escalation), [0, 0.5, 0, 0, 0])
})

test('a shadow strategy is recorded and changes nothing', async t => {
  const world = await startWorld(t, smart({ shadow: { strategy: 'learned', prefer: 'quality' } }))
  assert.equal(await chosenFor(world, chat(hard, { model: 'smart' })), weak, 'the cheapest answers as before')
  const plan = planOf(world.outcomes()[0])
  assert.equal(plan.strategy, 'cheapest')
  assert.equal(plan.shadow?.chosen, strong)
  assert.ok(plan.shadow.usd > plan.shadow.actual_usd)
  assert.match(await world.metrics(), /gateway_route_shadow_choices_total\{gateway_route_strategy="learned",gateway_route_agrees="false"\} 1/)
})

test('policy has the last word: what it forbids is not chosen, however able', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'quality' }, { config: { policy: { settings: { access: [], models: [{ groups: ['engineering'], models: [weak] }] } } } }))
  const response = await world.post('/v1/chat/completions', chat(hard, { model: 'smart' }))
  const chosen = response.headers.get('x-portcullis-model')
  assert.ok(response.status === 403 || chosen === weak, `${response.status} ${chosen}`)
})

const entry = join(import.meta.dirname, '../../gateway/main.ts')
const command = async (world: World, ...args: string[]): Promise<Exit & { stdout: string; stderr: string }> => {
  const child = await startChild({ command: process.execPath, args: [entry, ...args, '--config', world.configFile], cwd: world.folder, env: { PATH: process.env['PATH'] ?? '', HOME: world.folder, CLOUD_KEY: 'cloud-secret' } })
  const exit = await child.exit
  return { ...exit, stdout: child.stdout(), stderr: child.stderr() }
}

test('routes explain makes a recorded choice again; routes report sums them up', async t => {
  const world = await startWorld(t, smart({ strategy: 'learned', prefer: 'balanced', shadow: { strategy: 'cheapest' } }))
  const response = await world.post('/v1/chat/completions', chat(hard, { model: 'smart' }))
  await response.text()
  await chosenFor(world, chat(easy, { model: 'smart' }))
  await chosenFor(world, chat(easy, { model: weak }))
  const explained = await command(world, 'routes', 'explain', response.headers.get('x-portcullis-exchange') ?? '')
  assert.equal(explained.code, 0, explained.stderr)
  assert.match(explained.stdout, /^chosen +cloud\/large after 1 attempt: cheapest of 1 of 2/m)
  assert.match(explained.stdout, /^cloud\/small +0\.\d{3} .*predicted success \d+ % is below \d+ %$/m)
  assert.match(explained.stdout, /^replayed +same choice \(predictions come out again\)$/m)
  assert.doesNotMatch(explained.stdout, /Galois/)
  const byName = await command(world, 'routes', 'explain', String(world.outcomes()[2]?.['exchange']))
  assert.deepEqual([byName.code, byName.stdout], [0, 'cloud/small was asked for by its own name: there was nothing to choose.'])
  const report = await command(world, 'routes', 'report')
  assert.match(report.stdout, /^smart +learned +cloud\/large +1 /m)
  assert.match(report.stdout, /^2 calls, .* saved 0\.\d+$/m)
  assert.match(report.stdout, /^shadows: 1 of 2 choices differ/m)
  const unknown = await command(world, 'routes', 'explain', 'nothing')
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /has no model call "nothing"/)
  assert.equal((await command(world, 'routes', 'explain')).code, 2)
})
