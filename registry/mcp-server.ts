// An MCP server as the operator declares it. The map of names is the shape that common clients keep under `mcpServers`.
import { z } from 'zod'
import { secretRefSchema } from './secret-ref.ts'
import { trustLevels } from './trust.ts'

const value = z.union([z.string(), secretRefSchema])

const common = {
  environment: z.string().nullable().default(null).describe('Environment that it acts on, e.g. production. Policies see it as resource.env.').meta({ examples: ['production'] }),
  trust: z.enum(trustLevels).default('internal').describe('Highest sensitivity of data that it may receive.').meta({ examples: ['internal'] }),
  sensitivity: z.enum(trustLevels).default('internal').describe('Sensitivity of what it returns; results raise the session to it.').meta({ examples: ['confidential'] }),
  labels: z.array(z.string()).default([]).describe('Labels put on what it returns.').meta({ examples: [['customer-data']] }),
  era: z.enum(['auto', 'legacy', 'modern']).default('auto').describe('Protocol era; `auto` asks the server once.').meta({ examples: ['auto'] }),
  disabled: z.boolean().default(false).describe('Leave it out.').meta({ examples: [false] }),
  connect_timeout_ms: z.number().int().min(100).default(30_000).describe('Time for start and handshake in milliseconds.').meta({ examples: [30000] }),
  call_timeout_ms: z.number().int().min(100).default(120_000).describe('Longest time of one call in milliseconds.').meta({ examples: [120000] }),
  idle_stop_ms: z.number().int().min(1000).default(900_000).describe('A connection unused for this long is closed, in milliseconds.').meta({ examples: [900000] }),
}

const stdioSchema = z.strictObject({
  type: z.literal('stdio').optional().describe('May be left out.'),
  command: z.string().min(1).describe('Program to run. It runs with the gateway\'s rights: name only what you would run yourself.').meta({ examples: ['npx'] }),
  args: z.array(z.string()).default([]).describe('Its arguments.').meta({ examples: [['-y', '@modelcontextprotocol/server-filesystem', '/srv/files']] }),
  env: z.record(z.string(), value).default({}).describe('Environment added to a clean one; values may be secret references.').meta({ examples: [{ API_KEY: { env: 'FILES_KEY' } }] }),
  cwd: z.string().nullable().default(null).describe('Working folder. Default: the gateway\'s.').meta({ examples: ['/srv'] }),
  ...common,
})

const httpSchema = z.strictObject({
  type: z.enum(['http', 'streamable-http', 'streamableHttp']).optional().describe('May be left out.'),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).describe('Streamable HTTP endpoint.').meta({ examples: ['http://127.0.0.1:3001/mcp'] }),
  headers: z.record(z.string(), value).default({}).describe('Headers to send; values may be secret references. The agent\'s own headers are never forwarded.').meta({ examples: [{ authorization: { env: 'TOOLS_AUTH' } }] }),
  ...common,
})

export const mcpServerSchema = z.union([stdioSchema, httpSchema])
export type McpServer = z.infer<typeof mcpServerSchema>

export const mcpServersSchema = z.record(
  z.string().regex(/^[a-z0-9-]{1,24}$/, 'server names must be 1 to 24 of a-z, 0-9 and "-"'), mcpServerSchema,
).meta({ examples: [{ files: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/srv/files'] } }] })
