// The story, scene by scene. Each scene does something as an agent would, and claims only what it has just seen.
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { resultOf, startAgent, type DemoAgent } from './agent.ts'
import { claim, line } from './terminal.ts'
import { providerKey, type DemoWorld } from './world.ts'

export interface Scene { readonly title: string; readonly play: (world: DemoWorld, agent: DemoAgent) => Promise<void> }

const email = 'maria.schneider@example.com'
const card = '4111 1111 1111 1111'
// Put together here, so that no secret scanner takes this file for a leak.
const cloudSecret = ['AKIA', 'IOSFODNN7EXAMPLE'].join('')

const ordinary: Scene = {
  title: 'An ordinary call is allowed, and answered by the cheaper model',
  play: async ({ cloud }, agent) => {
    const before = cloud.requests.length
    const { data, response } = await agent.openai.chat.completions.create({ model: 'smart', messages: [{ role: 'user', content: 'Summarise the meeting in a word.' }] }).withResponse()
    line('agent asks', 'model "smart": Summarise the meeting in a word.')
    line('model says', data.choices[0]?.message.content ?? '')
    claim(`of two candidates the cheaper one answered: ${String(response.headers.get('x-portcullis-model'))}`, response.headers.get('x-portcullis-model') === 'cloud/small')
    claim(`the caller still sees the name it asked for: ${data.model}`, data.model === 'smart')
    claim(`the cost is known: ${String(response.headers.get('x-portcullis-cost-usd'))} USD`, Number(response.headers.get('x-portcullis-cost-usd')) > 0)
    const sent = cloud.requests[before]
    claim('the provider got its own key, never the agent\'s', sent?.headers.authorization === `Bearer ${providerKey}`)
  },
}

const personal: Scene = {
  title: 'Personal data is hidden from the model and comes back in the answer',
  play: async ({ cloud }, agent) => {
    const before = cloud.requests.length
    const prompt = `Write to ${email} about the card ${card}.`
    const stream = agent.anthropic.messages.stream({ model: 'smart', max_tokens: 256, messages: [{ role: 'user', content: prompt }] })
    const text = await stream.finalText()
    const seen = cloud.requests[before]?.body.toString('utf8') ?? ''
    line('agent asks', prompt)
    line('model sees', /"content":\s*"([^"]*)"/.exec(seen)?.[1] ?? seen)
    line('agent gets', text)
    claim('the provider saw neither the address nor the card', seen !== '' && !seen.includes(email) && !seen.includes(card), seen)
    claim('it saw stable pseudonyms', seen.includes('[EMAIL_1]') && seen.includes('[CARD_1]'), seen)
    claim('the streamed answer has the real values again', text.includes(email) && text.includes(card), text)
  },
}

const secret: Scene = {
  title: 'A prompt with a secret goes to the local model, and so does the rest of that session',
  play: async ({ cloud, local, gateway, keys }) => {
    const analyst = await startAgent(gateway.url, keys.analyst)
    const [cloudBefore, localBefore] = [cloud.requests.length, local.requests.length]
    const ask = async (content: string): Promise<string | null> => {
      const { response } = await analyst.openai.chat.completions.create({ model: 'auto', messages: [{ role: 'user', content }] }).withResponse()
      return response.headers.get('x-portcullis-model')
    }
    const first = await ask(`Why does this key fail: ${cloudSecret}`)
    line('agent asks', `Why does this key fail: ${cloudSecret.slice(0, 6)}…`)
    claim(`the local model answered: ${String(first)}`, first === 'home/llama')
    const second = await ask('And now something harmless.')
    claim('what was read stays read: the next call is local too', second === 'home/llama', second)
    claim('the cloud saw nothing of it', cloud.requests.length === cloudBefore && local.requests.length === localBefore + 2)
    await analyst.close()
  },
}

const tools: Scene = {
  title: 'An agent loop with real MCP servers, through one endpoint',
  play: async ({ notes }, agent) => {
    const file = join(notes, 'plan.txt')
    const { text, called } = await agent.run(`use files__read_text_file with ${JSON.stringify({ path: file })}`)
    line('agent calls', called.join(', '))
    line('agent says', text)
    claim('the model asked for a tool, the gateway ran it, the model read the result', called[0] === 'files__read_text_file' && text.includes('release train'), text)
    const sum = resultOf(await agent.mcp.callTool({ name: 'all__get-sum', arguments: { a: 2, b: 40 } }))
    claim(`a server over streamable HTTP answers at the same endpoint: ${sum.text}`, sum.text.includes('42'))
  },
}

const hidden: Scene = {
  title: 'A tool that policy hides is not there, not even when it is called',
  play: async (_world, agent) => {
    const names = (await agent.mcp.listTools()).tools.map(tool => tool.name)
    claim(`${names.length} tools are listed, files__write_file is not among them`, names.includes('files__read_text_file') && !names.includes('files__write_file'), names)
    const refused: unknown = await agent.mcp.callTool({ name: 'files__write_file', arguments: { path: '/tmp/x', content: 'x' } }).catch((error: unknown) => error)
    const text = refused instanceof Error ? refused.message : ''
    line('gateway says', text)
    claim('called all the same, it is unknown: the answer does not tell that it exists', refused instanceof Error && /unknown tool/i.test(text), refused)
  },
}

const outside: Scene = {
  title: 'Arguments are decided too: a path outside the allowed folder',
  play: async (_world, agent) => {
    const result = resultOf(await agent.mcp.callTool({ name: 'files__read_text_file', arguments: { path: '/etc/passwd' } }))
    line('gateway says', result.text)
    claim('denied, with the rule and the reason in words that a model can act on', result.isError && result.text.includes('paths_within') && result.text.includes('must be an absolute path inside'), result)
    claim('nothing of the file came back', !result.text.includes('root:'))
  },
}

const countRows = (file: string): number => {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return (database.prepare('SELECT count(*) AS n FROM customers').get() as { n: number }).n
  } finally {
    database.close()
  }
}

const production: Scene = {
  title: 'On a production database reads pass, and writes wait for a human',
  play: async ({ database }, agent) => {
    const read = resultOf(await agent.mcp.callTool({ name: 'db__query', arguments: { sql: 'SELECT name, balance FROM customers ORDER BY id' } }))
    line('read', read.text)
    claim('the read passes', !read.isError && read.text.includes('Ada Lovelace'), read)
    const before = countRows(database)
    const write = resultOf(await agent.mcp.callTool({ name: 'db__query', arguments: { sql: 'DELETE FROM customers' } }))
    line('gateway says', write.text)
    claim('the write is refused as needing an approval of class production-write', write.isError && write.text.includes('production-write'), write)
    const trick = resultOf(await agent.mcp.callTool({ name: 'db__query', arguments: { sql: 'WITH gone AS (SELECT 1) DELETE FROM customers' } }))
    claim('so is one that begins like a read', trick.isError && trick.text.includes('production-write'), trick)
    claim(`the table still has its ${before} rows`, before === 3 && countRows(database) === before)
  },
}

const status = async (url: string, init: RequestInit): Promise<{ status: number; body: string }> => {
  const response = await fetch(url, init)
  return { status: response.status, body: await response.text() }
}

const attacks: Scene = {
  title: 'An agent that tries to get around the gateway gets nowhere',
  play: async ({ gateway, keys, cloud }, agent) => {
    const before = cloud.requests.length
    const body = JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'hi' }] })
    const post = (key: string, headers: Record<string, string> = {}): ReturnType<typeof status> =>
      status(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers }, body })
    const stolen = await post(providerKey)
    claim('the provider\'s own key is no key here: 401', stolen.status === 401, stolen)
    const forged = await post(keys.guest, { 'x-portcullis-subject': 'engineer', 'x-forwarded-user': 'engineer', 'x-user-groups': 'engineering' })
    claim('forged identity headers change nothing: a guest stays a guest, 403', forged.status === 403 && forged.body.includes('default_deny'), forged)
    const rpc = await status(`${gateway.url}/mcp`, {
      method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${keys.engineer}` },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tasks/list', params: {} }),
    })
    claim('a method that nobody decided about is refused: -32601', rpc.body.includes('-32601'), rpc)
    const endpoint = await status(`${gateway.url}/v1/files`, { headers: { authorization: `Bearer ${keys.engineer}` } })
    claim('an endpoint that nobody decided about is refused: 404', endpoint.status === 404, endpoint)
    const admin = await status(`${gateway.admin}/reload`, { method: 'POST', headers: { authorization: `Bearer ${keys.engineer}` } })
    claim('the agent\'s key opens nothing on the admin plane: 401', admin.status === 401, admin)
    const guest = await startAgent(gateway.url, keys.guest)
    const listed = (await guest.mcp.listTools()).tools
    await guest.close()
    claim('a guest sees no tool at all', listed.length === 0, listed)
    claim('nothing of this reached a provider', cloud.requests.length === before)
    claim('and the engineer works on', (await agent.mcp.listTools()).tools.length > 0)
  },
}

export const scenes: readonly Scene[] = [ordinary, personal, secret, tools, hidden, outside, production, attacks]
