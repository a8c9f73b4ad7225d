// Which user request a call belongs to, what it came to, and when it is over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noTurn, type Asking, type CallEnd, type EnteringCall, type RootedCall, type RootRecord, type Turn } from '../../../gateway/exchange/root.ts'
import { Roots } from '../../../gateway/sessions/roots.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'
import { keysOf, minute } from './open-store.ts'

const user = (text: string, at = 0): Turn => ({ kind: 'user', said: { digest: text, at }, step: null, length: at + 1, by: null })
const loop = (text: string | null, { at = 0, step = 'step', length = 3 } = {}): Turn => ({ kind: 'loop', said: text === null ? null : { digest: text, at }, step, length, by: null })
const sub = (turn: Turn, id: string, parent: string | null = null): Turn => ({ ...turn, by: { id, parent } })
const model = (turn: Turn): Asking => ({ kind: 'model', turn, answers: true })
const tool = (call = 'ls /', caused: string | null = null): Asking => ({ kind: 'tool', call, caused })

interface Who { readonly session?: string; readonly key?: string; readonly tenant?: string; readonly root?: string; readonly trace?: string; readonly depth?: number }

/** Roots under a clock that the test turns. */
const benchFor = (t: CleansUp, options: { readonly max?: number } = {}) => {
  const ended: RootRecord[] = []
  const bench = { nowMs: 1000 * minute, ended }
  const roots = new Roots({ quietMs: 15 * minute, max: options.max ?? 100, clockMs: () => bench.nowMs, onEnded: root => { ended.push(root) } })
  t.after(() => { roots.close() })
  let exchanges = 0
  const enter = (asking: Asking, { session = 's', key = 'k', tenant = 'acme', root, trace, depth = 0 }: Who = {}): RootedCall => roots.enter({
    exchange: `x${exchanges += 1}`, keys: keysOf(session, { tenant, key }), tenant, owner: `${tenant}/${key}`, depth, named: { root: root ?? null, trace: trace ?? null }, asking,
  } satisfies EnteringCall)
  return { ...bench, bench, roots, enter, ended }
}

const usage = (input: number, output: number): CallEnd['usage'] => ({ input, output, cacheRead: 0, cacheWrite: 0, reasoning: 0 })
const ended = (more: Partial<CallEnd> = {}): CallEnd => ({ failure: null, model: null, usage: null, costUsd: null, wantsTools: false, toolCalls: [], ...more })
const wanting = ended({ model: 'a/b', usage: usage(90, 10), costUsd: 0.01, wantsTools: true })
const final = ended({ model: 'a/b', usage: usage(190, 10), costUsd: 0.02 })

test('a tool loop and its MCP calls stay with the request that began them, and a new message begins another', t => {
  const { enter, ended: over } = benchFor(t)
  const first = enter(model(user('go')))
  first.end(wanting)
  const called = enter(tool())
  called.end(ended())
  const second = enter(model(loop('go')))
  const totals = second.end(final)
  assert.deepEqual([first, called, second].map(call => call.request), ['x1', 'x1', 'x1'])
  assert.deepEqual(totals, {
    request: 'x1', session: 'acme/k/s', depth: 0, calls: 3, modelCalls: 2, toolCalls: 1, models: 1, tokensIn: 280, tokensOut: 20, costUsd: 0.03, firstTokens: 100, amplification: 3,
  })
  assert.equal(over.length, 0)
  assert.equal(enter(model(user('next', 4))).request, 'x4')
  assert.deepEqual(over, [totals], 'the user went on, so the first request is over')
})

test('calls of a session without a name find what goes on under their key and agent', t => {
  const { enter } = benchFor(t)
  enter(model(user('go')), { session: 'claude-1' }).end(wanting)
  enter(model(user('a title, please')), { session: 'claude-1' }).end(final)
  assert.equal(enter(tool(), { session: '~agent' }).request, 'x1', 'the one that waits for tools, not the latest')
})

test('a loop is recognised by what its user said, whatever else goes on in the session', t => {
  const { enter } = benchFor(t)
  enter(model(user('one'))).end(wanting)
  enter(model(user('two'))).end(wanting)
  assert.equal(enter(model(loop('one'))).request, 'x1')
  assert.equal(enter(model(loop('two'))).request, 'x2')
  assert.equal(enter(model(loop('one', { at: 7 }))).request, 'x1', 'its program cut the history')
})

test('words of a user that nobody has seen continue what waits for tools, and else begin anew', t => {
  const { enter } = benchFor(t)
  enter(model(user('go'))).end(wanting)
  const rewritten = enter(model(loop('go, as it is now 12:01')))
  assert.equal(rewritten.request, 'x1')
  rewritten.end(final)
  assert.equal(enter(model(loop('of before a restart'))).request, 'x3')
})

test('what shows no user continues what goes on, and begins a request where nothing does', t => {
  const { enter } = benchFor(t)
  assert.equal(enter(model(noTurn), { session: 'a' }).request, 'x1')
  enter(model(user('go')), { session: 'b' })
  assert.equal(enter(model(noTurn), { session: 'b' }).request, 'x2')
  assert.equal(enter(model(loop(null)), { session: 'b' }).request, 'x2')
  assert.equal(enter(tool(), { session: 'c' }).request, 'x5', 'a client that only calls tools')
})

test('the same words are a second try until they were answered, and then a request of their own', t => {
  const { enter } = benchFor(t)
  enter({ kind: 'model', turn: user('go'), answers: false }).end(ended())
  const first = enter(model(user('go')))
  assert.equal(first.request, 'x1', 'counting its tokens began it')
  assert.equal(enter(model(user('go'))).request, 'x3', 'two at once are two')
  first.end(ended({ failure: 'upstream.timeout' }))
  const again = enter(model(user('go')))
  assert.equal(again.request, 'x1')
  again.end(final)
  assert.equal(enter(model(user('go'))).request, 'x5')
  assert.equal(enter(model(user('go', 4))).request, 'x6', 'the same words later in the conversation')
})

test('sub-agents stay with the request in which they began, one deeper than who began them', t => {
  const { enter } = benchFor(t)
  enter(model(user('go'))).end(wanting)
  const child = enter(model(sub(user('find it'), 'a1')))
  const grandchild = enter(model(sub(user('look there'), 'a2', 'a1')))
  assert.deepEqual([child.request, grandchild.request], ['x1', 'x1'])
  assert.deepEqual([child.end(final).depth, grandchild.end(final).depth], [1, 2])
  enter(model(loop('go'))).end(final)
  enter(model(user('something else', 9))).end(wanting)
  assert.equal(enter(model(sub(loop('find it'), 'a1'))).request, 'x5', 'its request is over: it goes on in the present one')
  assert.equal(enter(model(sub(user('and this'), 'a3'))).request, 'x5')
})

test('a chain of delegation adds to the depth', t => {
  const { enter } = benchFor(t)
  assert.equal(enter(model(sub(user('go'), 'planner')), { depth: 2 }).end(final).depth, 3)
})

test('a name joins calls of any session under one key, and of no other', t => {
  const { enter } = benchFor(t)
  const ids = [
    enter(model(user('go')), { root: 'r' }), enter(tool(), { session: 'other', root: 'r' }), enter(model(user('more', 3)), { root: 'r' }),
    enter(model(user('go')), { root: 'r', key: 'k2' }), enter(model(user('go')), { root: 'r', tenant: 'other' }),
  ].map(call => [call.request, call.end(ended({ costUsd: 1 })).costUsd])
  assert.deepEqual(ids, [['r', 1], ['r', 2], ['r', 3], ['r', 1], ['r', 1]])
})

test('a tool call that says which call of a model it carries out belongs to that model\'s request, whatever is more recent', t => {
  const { enter } = benchFor(t)
  enter(model(user('one')), { session: 'a' }).end({ ...wanting, toolCalls: ['t1'] })
  enter(model(sub(user('part of it'), 'sub')), { session: 'a' }).end({ ...wanting, toolCalls: ['t2'] })
  enter(model(user('two')), { session: 'b' }).end({ ...wanting, toolCalls: ['t3'] })
  const calls = ['t1', 't2', 't3', 'unheard of'].map(id => enter(tool('ls', id), { session: '~agent' }))
  assert.deepEqual(calls.map(one => one.request), ['x1', 'x1', 'x3', 'x3'])
  assert.deepEqual(calls.map(one => one.end(ended()).depth), [0, 1, 0, 0])
  assert.equal(enter(tool('ls', 't1'), { key: 'k2' }).request, 'x8', 'of another principal')
})

test('two principals with equal sessions and words share nothing', t => {
  const { enter } = benchFor(t)
  enter(model(user('go')), { key: 'k1' }).end(wanting)
  assert.equal(enter(model(loop('go')), { key: 'k2' }).request, 'x2')
  assert.equal(enter(tool(), { key: 'k2' }).request, 'x2')
})

test('a request can be continued by the id that it was given', t => {
  const { enter } = benchFor(t)
  const { request } = enter(model(user('go')))
  assert.equal(enter(tool(), { session: 'elsewhere', root: request }).end(ended()).calls, 2)
})

test('a trace joins what it holds together, and what is known to go on goes on in another trace', t => {
  const { enter } = benchFor(t)
  enter(model(user('go')), { trace: 't1' }).end(wanting)
  assert.equal(enter(model(user('a sub-agent without a name')), { trace: 't1' }).request, 'x1')
  assert.equal(enter(tool(), { session: 'elsewhere', trace: 't1' }).request, 'x1')
  assert.equal(enter(model(loop('go')), { trace: 't2' }).request, 'x1')
  assert.equal(enter(tool(), { session: 'elsewhere', trace: 't2' }).request, 'x1')
  assert.equal(enter(model(user('new', 5)), { trace: 't3' }).request, 'x6')
  assert.equal(enter(tool(), { key: 'k2', trace: 't1' }).request, 'x7', 'a trace of somebody else')
})

test('quiet ends a request, but not while a call is under way', t => {
  const { bench, enter, ended: over, roots } = benchFor(t)
  const call = enter(model(user('go')))
  bench.nowMs += 60 * minute
  roots.sweep()
  assert.equal(over.length, 0)
  call.end(wanting)
  bench.nowMs += 15 * minute
  assert.equal(enter(tool()).end(ended()).calls, 2)
  bench.nowMs += 15 * minute + 1
  roots.sweep()
  assert.deepEqual(over.map(root => root.calls), [2])
  assert.equal(enter(model(loop('go'))).request, 'x3')
})

test('closing ends all of them', t => {
  const { enter, ended: over, roots } = benchFor(t)
  enter(model(user('go'))).end(final)
  enter(model(user('go')), { session: 'other' })
  roots.close()
  assert.deepEqual([over.length, roots.size], [2, 0])
})

test('callers can fill neither roots nor sessions, names, traces or sub-agents', t => {
  const { enter, ended: over, roots } = benchFor(t, { max: 20 })
  for (let at = 0; at < 500; at += 1) {
    enter(model(user(`u${at}`)), { session: `s${at}`, trace: `t${at}` })
    enter(model(user(`n${at}`)), { root: `r${at}` }).end(final)
    enter(model(sub(user('x'), `a${at}`)), { session: 'one' }).end(final)
  }
  assert.ok(roots.size <= 20)
  assert.ok(over.length >= 900)
})

test('one key cannot end the requests of another by beginning many', t => {
  const { enter, ended: over } = benchFor(t, { max: 20 })
  const caused = enter(model(user('go')), { key: 'quiet', trace: 'ours' })
  caused.end({ ...wanting, toolCalls: ['t1'] })
  for (let at = 0; at < 500; at += 1) {
    enter(model(user(`u${at}`)), { key: 'loud', session: `s${at}`, trace: `t${at}` }).end({ ...wanting, toolCalls: [`c${at}`, `d${at}`] })
    enter(model(user(`n${at}`)), { key: 'loud', root: `r${at}` })
  }
  assert.ok(over.every(root => root.request !== caused.request))
  assert.equal(enter(tool('ls', 't1'), { key: 'quiet', session: 'mcp' }).request, caused.request, 'the tool call is still known')
  assert.equal(enter(tool(), { key: 'quiet', session: 'other', trace: 'ours' }).request, caused.request, 'and so is the trace')
  assert.equal(enter(model(loop('go')), { key: 'quiet' }).request, caused.request)
})

test('a call counts once, even if it is told twice that it ended', t => {
  const { enter } = benchFor(t)
  const call = enter(model(user('go')))
  assert.deepEqual(call.end(final), call.end(final))
  assert.equal(call.end(final).costUsd, 0.02)
})

test('policy is told of repetition from the third time on, and only while nothing new is learnt', t => {
  const { enter } = benchFor(t)
  const call = (name: string, result: string): number => {
    const made = enter(tool(name))
    made.returned(result)
    made.end(ended())
    return made.facts.repeats
  }
  assert.deepEqual(Array.from({ length: 6 }, () => call('ls', 'same')), [0, 0, 0, 3, 4, 5])
  assert.equal(call('cat', 'new'), 0)
  assert.equal(call('ls', 'same'), 0)
  assert.deepEqual(Array.from({ length: 6 }, (_, at) => call('poll', `${at} %`)), [0, 0, 0, 0, 0, 0])
})

test('a refusal by policy does not lift what led to it, and a failing tool repeats itself, too', t => {
  const { enter } = benchFor(t)
  for (let time = 0; time < 4; time += 1) enter(tool()).end(ended({ failure: 'upstream.timeout' }))
  assert.equal(enter(tool()).facts.repeats, 4)
  for (let time = 0; time < 3; time += 1) enter(tool()).end(ended({ failure: 'policy.denied' }))
  assert.equal(enter(tool()).facts.repeats, 4)
})

test('where it is a guess which request a tool call belongs to, it repeats nothing', t => {
  const { enter } = benchFor(t)
  const call = (caused: string | null = null): number => {
    const made = enter(tool('ls', caused), { session: '~agent' })
    made.returned('same')
    made.end(ended())
    return made.facts.repeats
  }
  enter(model(user('one')), { session: 'a' }).end({ ...wanting, toolCalls: ['t1'] })
  assert.deepEqual(Array.from({ length: 5 }, () => call()), [0, 0, 0, 3, 4])
  enter(model(user('two')), { session: 'b' }).end(wanting)
  assert.deepEqual(Array.from({ length: 5 }, () => call()), [0, 0, 0, 0, 0])
  assert.equal(call('t1'), 5, 'what says where it comes from is no guess')
})

test('hundreds of conversations under one key without sessions keep their requests apart', t => {
  const { enter } = benchFor(t, { max: 1000 })
  const ids = Array.from({ length: 200 }, (_, at) => {
    const call = enter(model(user(`u${at}`)))
    call.end(wanting)
    return call.request
  })
  assert.deepEqual(ids.map((_, at) => enter(model(loop(`u${at}`))).request), ids)
})

test('calls under way do not count as repeated: agents that start together ask the same', t => {
  const { enter } = benchFor(t)
  assert.deepEqual(Array.from({ length: 20 }, () => enter(tool()).facts.repeats), Array.from({ length: 20 }, () => 0))
})

test('policy is told of a model that reports the same step again and again', t => {
  const { enter } = benchFor(t)
  enter(model(user('go'))).end(wanting)
  const repeats = Array.from({ length: 5 }, (_, at) => {
    const call = enter(model(loop('go', { length: 3 + 2 * at })))
    call.end(wanting)
    return call.facts.repeats
  })
  assert.deepEqual(repeats, [0, 0, 3, 4, 5])
})

test('policy is told what a request has come to, in steps, and how fast its session spends', t => {
  const { bench, enter } = benchFor(t)
  for (let at = 0; at < 6; at += 1) {
    enter(model(user(`u${at}`, at))).end(ended({ usage: usage(10, 10), costUsd: 0.03 }))
    bench.nowMs += minute
  }
  const first = enter(model(user('go', 20)))
  assert.deepEqual([first.facts.root.calls, first.facts.root.amplification, first.facts.usual_spend_per_min_usd], [0, null, 0.05])
  first.end(ended({ usage: usage(50, 50), costUsd: 3, wantsTools: true }))
  for (let at = 0; at < 6; at += 1) enter(tool(`t${at}`)).end(ended())
  const { spend_per_min_usd: speed, root } = enter(model(loop('go', { at: 20 }))).facts
  assert.equal(speed, 2)
  assert.deepEqual(root, { id: 'x7', calls: 5, model_calls: 1, tool_calls: 5, spend_usd: 2, age_s: 0, depth: 0, amplification: 1 })
})
