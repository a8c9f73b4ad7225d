// The registry's description of a server: server.json of 2025-12-11, and the pages of registry API v0.1. Unknown members survive, because
// a digest is made of the whole; what we act on is strict.
import { z } from 'zod'
import { isOneVersion } from './exact-version.ts'
import { hasHiddenCharacters } from './show-text.ts'

export const officialMeta = 'io.modelcontextprotocol.registry/official'
export const currentSchema = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'

// What is shown to people, and served to models again, must look like what it is.
const visible = (most: number): z.ZodString => z.string().min(1).max(most)
  .refine(text => !hasHiddenCharacters(text), 'holds control or invisible characters')

const version = z.string().max(255).refine(isOneVersion, 'must be one version, not a range or "latest"')

const inputShape = {
  description: z.string().optional(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
  value: z.string().optional(),
  default: z.string().optional(),
  placeholder: z.string().optional(),
  choices: z.array(z.string()).optional(),
}
export const inputSchema = z.looseObject(inputShape)
export type Input = z.infer<typeof inputSchema>

const withVariables = { ...inputShape, variables: z.record(z.string(), inputSchema).optional() }
export const keyValueInputSchema = z.looseObject({ name: z.string().min(1), ...withVariables })
export type KeyValueInput = z.infer<typeof keyValueInputSchema>

export const argumentSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('positional'), valueHint: z.string().optional(), isRepeated: z.boolean().optional(), ...withVariables })
    .refine(argument => argument.valueHint !== undefined || argument.value !== undefined, 'a positional argument needs a value or a valueHint'),
  z.looseObject({ type: z.literal('named'), name: z.string().min(1), isRepeated: z.boolean().optional(), ...withVariables }),
])
export type Argument = z.infer<typeof argumentSchema>

const urlTemplate = z.string().regex(/^(?:https?:\/\/\S+|\{[a-zA-Z_]\w*\}\S*)$/, 'must be an http or https URL, or begin with a {variable}')
const overHttp = { url: urlTemplate, headers: z.array(keyValueInputSchema).optional() }
const transportSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('stdio') }),
  z.looseObject({ type: z.literal('streamable-http'), ...overHttp }),
  z.looseObject({ type: z.literal('sse'), ...overHttp }),
])
const remoteSchema = z.looseObject({ type: z.enum(['streamable-http', 'sse']), ...overHttp, variables: z.record(z.string(), inputSchema).optional() })
export type Remote = z.infer<typeof remoteSchema>

const packageSchema = z.looseObject({
  registryType: z.string().min(1),
  registryBaseUrl: z.url().optional(),
  identifier: z.string().min(1),
  version: version.optional(),
  fileSha256: z.string().regex(/^[a-f0-9]{64}$/, 'must be 64 hexadecimal digits, lower case').optional(),
  runtimeHint: z.string().optional(),
  runtimeArguments: z.array(argumentSchema).optional(),
  packageArguments: z.array(argumentSchema).optional(),
  environmentVariables: z.array(keyValueInputSchema).optional(),
  transport: transportSchema,
}).refine(({ registryType, fileSha256 }) => registryType !== 'mcpb' || fileSha256 !== undefined, {
  path: ['fileSha256'], error: 'is missing: an mcpb package without its SHA-256 could be any file',
})
export type Package = z.infer<typeof packageSchema>

export const serverJsonSchema = z.looseObject({
  $schema: z.string().optional(),
  name: z.string().min(3).max(200).regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/, 'must be a reverse-DNS namespace, one slash and a name, e.g. io.github.user/weather'),
  title: visible(100).optional(),
  description: visible(100),
  version,
  repository: z.looseObject({ url: z.url(), source: z.string() }).optional(),
  websiteUrl: z.url().optional(),
  icons: z.array(z.looseObject({ src: z.url({ protocol: /^https$/ }).max(255) })).optional(),
  packages: z.array(packageSchema).optional(),
  remotes: z.array(remoteSchema).optional(),
  _meta: z.record(z.string(), z.unknown()).optional(),
})
export type ServerJson = z.infer<typeof serverJsonSchema>

const officialSchema = z.looseObject({
  status: z.enum(['active', 'deprecated', 'deleted']).optional(),
  statusMessage: z.string().max(500).optional(),
  publishedAt: z.string().optional(),
  updatedAt: z.string().optional(),
  isLatest: z.boolean().optional(),
})

/** One version of a server as a registry answers it. */
export const serverResponseSchema = z.looseObject({
  server: serverJsonSchema,
  _meta: z.looseObject({ [officialMeta]: officialSchema.optional() }).optional(),
})
export type ServerResponse = z.infer<typeof serverResponseSchema>

/** A page of registry API v0.1. A page's entries are read one by one: a registry may hold some that we cannot read. */
export const serverPageSchema = z.looseObject({
  servers: z.array(z.unknown()),
  metadata: z.looseObject({ nextCursor: z.string().nullish(), count: z.number().int().optional() }).optional(),
})

export const serverListSchema = serverPageSchema.extend({ servers: z.array(serverResponseSchema) })
