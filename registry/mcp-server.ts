// An MCP server as the operator declares it. The map of names is the shape that common clients keep under `mcpServers`.
import { z } from 'zod'
import { serverPinningSchema } from './pinning.ts'
import { secretRefSchema } from './secret-ref.ts'
import { trustLevels } from './trust.ts'

const value = z.union([z.string(), secretRefSchema])

const marksSchema = z.strictObject({
  labels: z.array(z.string()).default([]).describe('Labels.').meta({ examples: [['hr']] }),
  sensitivity: z.enum(trustLevels).nullable().default(null).describe('Sensitivity, where it is higher than the server\'s.').meta({ examples: ['confidential'] }),
})

const common = {
  environment: z.string().nullable().default(null).describe('Environment that it acts on, e.g. production. Policies see it as resource.env.').meta({ examples: ['production'] }),
  trust: z.enum(trustLevels).default('internal').describe('Highest sensitivity of data that it may receive.').meta({ examples: ['internal'] }),
  sensitivity: z.enum(trustLevels).default('internal').describe('Sensitivity of what it returns; results raise the session to it.').meta({ examples: ['confidential'] }),
  labels: z.array(z.string()).default([]).describe('Labels put on what it returns.').meta({ examples: [['customer-data']] }),
  tool_labels: z.record(z.string().min(1), marksSchema).default({}).describe('Labels put on what single tools return, by globs over the server\'s own tool names, beside those of the server. All that match count.').meta({ examples: [{ 'read_mail*': { labels: ['untrusted'] } }] }),
  resource_labels: z.record(z.string().min(1), marksSchema).default({}).describe('The same for resources, by globs over their URIs.').meta({ examples: [{ 'file:///srv/hr/*': { labels: ['hr'], sensitivity: 'confidential' } }] }),
  era: z.enum(['auto', 'legacy', 'modern']).default('auto').describe('Protocol era; `auto` asks the server once.').meta({ examples: ['auto'] }),
  disabled: z.boolean().default(false).describe('Leave it out.').meta({ examples: [false] }),
  connect_timeout_ms: z.number().int().min(100).default(30_000).describe('Time for start and handshake in milliseconds.').meta({ examples: [30000] }),
  call_timeout_ms: z.number().int().min(100).default(120_000).describe('Longest time in milliseconds that a call may go without an answer or a progress notification.').meta({ examples: [120000] }),
  call_limit_ms: z.number().int().min(100).max(86_400_000).default(3_600_000).describe('Longest time of one call in milliseconds, however much progress the server reports; what waits for an answer of the caller does not count.').meta({ examples: [3600000] }),
  tool_timeouts: z.record(z.string().min(1), z.number().int().min(100)).default({}).describe('Deadlines of single tools in milliseconds, by globs over the server\'s own tool names; the first that matches replaces call_timeout_ms.').meta({ examples: [{ 'render_*': 600000 }] }),
  required: z.boolean().default(false).describe('Without it the endpoint is of no use: it is started with the gateway, and while it cannot be reached readiness is false and the endpoints with it answer a failure. Default: it is left out of lists until it is there.').meta({ examples: [false] }),
  pinning: serverPinningSchema.prefault({}).describe('Where this server is held to other rules than `pinning` says.'),
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

const oauthSchema = z.strictObject({
  grant: z.enum(['authorization_code', 'client_credentials']).default('authorization_code').describe('`authorization_code`: an operator logs in once (`portcullis servers login NAME`). `client_credentials`: the gateway gets tokens by itself, with the rights of the client.').meta({ examples: ['authorization_code'] }),
  client_id: z.string().min(1).nullable().default(null).describe('Client that was registered at the authorization server beforehand. Without one: client_metadata_url where the authorization server takes it, else dynamic registration.').meta({ examples: ['portcullis'] }),
  client_secret: secretRefSchema.nullable().default(null).describe('Secret of that client.'),
  client_metadata_url: z.url({ protocol: /^https$/, error: 'must be an https URL' }).nullable().default(null).describe('Client id metadata document that you publish; it has to list the callback address of the admin listener.').meta({ examples: ['https://gateway.example/client.json'] }),
  issuer: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).nullable().default(null).describe('The only authorization server to log in at. Default: the one that the MCP server names; where client_id is set, a later change is refused.').meta({ examples: ['https://login.example'] }),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be one scope')).default([]).describe('Scopes to ask for in any case. Default: what the server asks for, else what it supports.').meta({ examples: [['files:read']] }),
}).refine(({ client_id: id, client_secret: secret }) => secret === null || id !== null, { path: ['client_secret'], error: 'goes together with client_id' })
  .refine(({ grant, client_secret: secret }) => grant !== 'client_credentials' || secret !== null, { path: ['grant'], error: 'client_credentials needs client_id and client_secret' })

const httpSchema = z.strictObject({
  type: z.enum(['http', 'streamable-http', 'streamableHttp', 'sse']).optional().describe('May be left out: a server that refuses streamable HTTP is tried with the older HTTP+SSE transport. `sse` begins with that one; it is of the legacy era.').meta({ examples: ['http'] }),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).describe('Streamable HTTP endpoint, or the event stream of an HTTP+SSE server.').meta({ examples: ['http://127.0.0.1:3001/mcp'] }),
  headers: z.record(z.string(), value).default({}).describe('Headers to send; values may be secret references. The agent\'s own headers are never forwarded.').meta({ examples: [{ authorization: { env: 'TOOLS_AUTH' } }] }),
  oauth: oauthSchema.nullable().default(null).describe('How the gateway logs in at the server, where more than the defaults is needed. A server that asks for a login gets one without this, too.'),
  ...common,
}).refine(({ headers, oauth }) => oauth === null || !Object.keys(headers).some(name => name.toLowerCase() === 'authorization'), { path: ['oauth'], error: 'cannot be combined with headers.authorization' })

export const mcpServerSchema = z.union([stdioSchema, httpSchema])
export type McpServer = z.infer<typeof mcpServerSchema>

export const mcpServersSchema = z.record(
  z.string().regex(/^[a-z0-9-]{1,24}$/, 'server names must be 1 to 24 of a-z, 0-9 and "-"'), mcpServerSchema,
).meta({ examples: [{ files: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/srv/files'] } }] })
