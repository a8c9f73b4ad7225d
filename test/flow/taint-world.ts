// Three servers as the flow tests of labels need them: one with private notes, one that reaches the open world, one that can send things out; and
// what a session is seen to hold from outside.
import type { CleansUp } from '../support/scratch-folder.ts'
import { startFakeMcpHttp, textResult, type FakeTool } from '../support/fake-mcp-server.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { keys, startWorld, type World, type WorldOptions } from './setup.ts'

export const note = 'Customer Quill asked that the delivery of the new pumps be moved to the second week of April because of the strike at the harbour.'
export const page = 'Visitors are told that the north gate of the garden stays closed until the new path along the river is finished next summer.'

export const table = 'High water at the old bridge comes at seven in the morning and again some twelve hours later, a little higher than before.'

const letter = 'Somebody wrote to us that the box which was sent to the old address has been opened and closed again with another ribbon.'

const tool = (name: string, annotations: object, run: FakeTool['run']): [string, FakeTool] =>
  [name, { definition: JSON.stringify({ name, description: name, inputSchema: { type: 'object' }, annotations }), run }]

const serve = async (test: CleansUp, tools: readonly [string, FakeTool][], more: object = {}): Promise<string> => {
  const fake = await startFakeMcpHttp({ era: 'legacy', tools: new Map(tools), ...more })
  test.after(() => fake.close())
  return fake.url
}

export const startTaintWorld = async (test: CleansUp, options: WorldOptions = {}): Promise<World> => {
  const crm = await serve(test, [
    tool('find', { openWorldHint: false }, () => textResult(note)), tool('mail', {}, () => textResult(letter)),
    tool('report', {}, ({ meta, notify }) => {
      notify('notifications/progress', { progressToken: meta['progressToken'], progress: 1, message: note })
      return textResult('done')
    }),
    tool('count', {}, () => textResult(JSON.stringify({ count: 3, account: ['acct-7f3a', '99c1', 'b04e', '17aa-main'].join('-') }))),
  ], { resources: ['{"uri":"file:///hr/pay","name":"pay"}', '{"uri":"file:///pub/menu","name":"menu"}'] })
  const web = await serve(test, [tool('fetch', { openWorldHint: true }, () => textResult(page)), tool('look', {}, () => textResult(table))])
  const post = await serve(test, [tool('send', {}, ({ args }) => textResult(`sent ${JSON.stringify(args)}`))])
  const mcpServers = {
    crm: {
      url: crm, labels: ['crm'], sensitivity: 'confidential', trust: 'confidential', tool_labels: { mail: { labels: ['untrusted'] } },
      resource_labels: { 'file:///hr/*': { labels: ['hr'], sensitivity: 'restricted' } },
    },
    web: { url: web, sensitivity: 'public' }, post: { url: post, sensitivity: 'public' },
  }
  return startWorld(test, { ...options, mcpServers, adjust: config => (options.adjust ?? (same => same))(trusting(config)) })
}

/** Clouds that may have confidential data, so that only what a test is about keeps it at home. */
const trusting = (config: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...config, providers: (config['providers'] as { local?: boolean }[]).map(one => one.local === true ? { ...one, trust: 'restricted' } : { ...one, trust: 'confidential' }),
})

/** One tool call of alice's in a session, with whatever headers. */
export const use = async (world: World, session: string, name: string, args: unknown = {}, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
  const all = { authorization: `Bearer ${keys.alice}`, 'x-portcullis-session': session, ...headers }
  const { result, error } = (await rpc(world, call(name, args), await openSession(world, all))).message
  return result === undefined ? error?.message ?? '' : (result['content'] as { text?: string }[]).map(block => block.text ?? '').join('')
}

/** Labels of the last request that was decided, its session's included. */
export const lastLabels = (world: World): string => {
  const intent = world.audit().findLast(one => one.phase === 'intent') as { labels: { labels: string[]; sensitivity: string } } | undefined
  return [intent?.labels.sensitivity, ...intent?.labels.labels ?? []].join(' ')
}

/** Takes labels off a session, and its agent, as an operator. */
export const takeOff = (world: World, session: string, labels: readonly string[], lowerTo: string | null = 'public'): Promise<Response> => world.admin('/labels/removal', {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ session: `acme/alice/${session}`, labels, lower_to: lowerTo, lasting: true, by: 'olga', reason: 'a test of what is left' }),
})
