// What the agent behind the gateway does in each scenario in which the suite plays the server: just enough that the gateway has to do its part.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { z } from 'zod'
import type { Operator } from './operator.ts'
import { rawRequest } from './raw-request.ts'

export interface Drive {
  /** The gateway's endpoint. */
  readonly url: string
  readonly isModern: boolean
  readonly operator: Operator
  /** What the suite gives its client to know: credentials, calls to make. */
  readonly context: Readonly<Record<string, unknown>>
}

type Driver = (drive: Drive) => Promise<void>

/** A client that can be asked, and accepts everything with the defaults of the form. */
const connect = async ({ url, isModern }: Drive): Promise<Client> => {
  const client = new Client({ name: 'conformance-agent', version: '1.0.0' }, {
    capabilities: { elicitation: { form: { applyDefaults: true } } },
    versionNegotiation: { mode: isModern ? { pin: '2026-07-28' } : 'legacy' },
  })
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }))
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  return client
}

const withClient = (act: (client: Client, drive: Drive) => Promise<void>): Driver => async drive => {
  const client = await connect(drive)
  try {
    await act(client, drive)
  } finally {
    await client.close()
  }
}

const listOnly = withClient(async client => { await client.listTools() })

const callAll = (args: Readonly<Record<string, unknown>>): Driver => withClient(async client => {
  for (const { name } of (await client.listTools()).tools) await client.callTool({ name, arguments: { ...args } })
})

const useEverything = withClient(async client => {
  for (const { name } of (await client.listTools()).tools) await client.callTool({ name, arguments: {} })
  for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri })
  for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name })
})

const callsSchema = z.object({ toolCalls: z.array(z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) })) })

const callAsTold = withClient(async (client, { context }) => {
  await client.listTools()
  for (const call of callsSchema.parse(context).toolCalls) await client.callTool(call)
})

/** The SDK leaves tools with bad definitions out by itself; here the gateway has to, so whatever it lists is called. */
const callWhatIsListed: Driver = async ({ url }) => {
  const { tools } = z.object({ tools: z.array(z.object({ name: z.string() })) }).parse(await rawRequest(url, 'tools/list', {}))
  for (const { name } of tools) await rawRequest(url, 'tools/call', { name, arguments: {} })
}

const echoSchema = withClient(async client => {
  const focal = (await client.listTools()).tools.find(({ name }) => name === 'json_schema_2020_12_tool')
  if (focal === undefined) throw new Error('json_schema_2020_12_tool is not listed.')
  await client.callTool({ name: 'json_schema_echo', arguments: { schema: focal.inputSchema } })
})

/** More logins than the gateway may want, so that it is the gateway's cap that is judged. */
const mostLogins = 6

/** Uses the server until it works or until there is nothing more that an operator could do. */
const useProtected: Driver = async drive => {
  for (let logins = 0; ; logins += 1) {
    const problem = await withClient(async client => {
      await client.listTools()
      await client.callTool({ name: 'test-tool', arguments: {} })
    })(drive).then(() => null, (thrown: unknown) => thrown instanceof Error ? thrown : new Error(String(thrown)))
    if (!await drive.operator.wanted()) {
      if (problem !== null) throw problem
      return
    }
    if (logins === mostLogins) throw new Error('The gateway wants logins without end.')
    await drive.operator.login()
  }
}

const drivers: Readonly<Record<string, Driver>> = {
  'initialize': callAll({}),
  'tools_call': callAll({ a: 2, b: 3 }),
  'elicitation-sep1034-client-defaults': callAll({}),
  'sse-retry': callAll({}),
  'request-metadata': listOnly,
  'sep-2322-client-request-state': callAll({}),
  'http-standard-headers': useEverything,
  'http-custom-headers': callAsTold,
  'http-invalid-tool-headers': callWhatIsListed,
  'json-schema-ref-no-deref': listOnly,
  'json-schema-2020-12-preservation': echoSchema,
}

/** @throws for a scenario that nobody has taught it */
export const driverOf = (scenario: string): Driver => {
  const driver = scenario.startsWith('auth/') ? useProtected : drivers[scenario]
  if (driver === undefined) throw new Error(`There is no driver for the scenario ${scenario}.`)
  return driver
}
