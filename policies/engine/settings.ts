// The operator's data for the shipped policies: common cases need no Rego. Rego sees it as data.portcullis_settings; defaults allow nothing.
import { z } from 'zod'

const pattern = z.string().min(1)
const groups = z.array(z.string()).min(1).describe('Groups it applies to; "*" is everybody.').meta({ examples: [['engineering']] })
const mode = z.enum(['enforce', 'observe']).default('enforce').describe('`observe` records what the layer would have done and stops nothing.').meta({ examples: ['enforce'] })

/** Kinds of personal data that are hidden from models unless settings say otherwise. */
export const personalKinds = ['card', 'iban', 'email', 'phone', 'ipv4', 'ipv6', 'us_ssn'] as const

const kinds = z.array(z.string())

const argumentSchema = z.strictObject({
  tools: z.array(pattern).min(1).describe('Globs over `server/tool`.').meta({ examples: [['files/*']] }),
  argument: z.string().min(1).describe('Name of the argument.').meta({ examples: ['path'] }),
  required: z.boolean().default(true).describe('Deny calls that leave the argument out.').meta({ examples: [true] }),
  paths_within: z.array(z.string().startsWith('/')).min(1).nullable().default(null).describe('The argument must be a path, or a list of paths, inside one of these folders.').meta({ examples: [['/srv/files']] }),
  hosts: z.array(z.string().min(1)).min(1).nullable().default(null).describe('The argument must be an http(s) URL on one of these hosts; `*.example.com` stands for all below.').meta({ examples: [['api.example.com']] }),
  max_number: z.number().nullable().default(null).describe('The argument must be a number of at most this.').meta({ examples: [100] }),
  one_of: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1).nullable().default(null).describe('The argument must be one of these.').meta({ examples: [['read', 'list']] }),
}).refine(rule => [rule.paths_within, rule.hosts, rule.max_number, rule.one_of].filter(value => value !== null).length === 1, {
  error: 'needs exactly one of paths_within, hosts, max_number, one_of',
})

export const settingsSchema = z.strictObject({
  layers: z.strictObject({ organisation: mode, tenant: mode, application: mode }).prefault({}).describe('How each policy layer counts.'),
  access: z.array(z.strictObject({
    groups,
    tools: z.array(pattern).min(1).describe('Globs over `server/name` of tools, prompts and resource URIs.').meta({ examples: [['files/*', 'db/query']] }),
    asks: z.array(z.enum(['elicitation', 'sampling', 'roots'])).default(['elicitation']).describe('What a server may ask of these groups\' clients while it answers a granted call: the user (elicitation), the client\'s model (sampling), the client\'s folders (roots).').meta({ examples: [['elicitation', 'sampling']] }),
    except: z.array(pattern).default([]).describe('Globs that this grant does not cover.').meta({ examples: [['files/delete_*']] }),
  })).default([]).describe('Which groups may use which tools. What is not granted is neither listed nor callable.'),
  production: z.strictObject({
    environments: z.array(z.string()).default(['production']).describe('Environments of servers where only reads pass without a human.').meta({ examples: [['production']] }),
    reads: z.array(pattern).default([]).describe('Globs over `server/tool` that only read. SQL is judged by itself.').meta({ examples: [['db/list_tables']] }),
    approvers: z.array(z.string()).default([]).describe('Groups that may approve writes.').meta({ examples: [['dba']] }),
  }).prefault({}).describe('Reads are free, production writes need approval.'),
  arguments: z.array(argumentSchema).default([]).describe('What arguments of tools may say.'),
  models: z.array(z.strictObject({
    groups,
    models: z.array(pattern).min(1).describe('Globs over candidate ids `provider/model`.').meta({ examples: [['openai/*']] }),
    max_usd: z.number().min(0).nullable().default(null).describe('Most that one call may cost at its upper bound, USD.').meta({ examples: [0.5] }),
  })).default([]).describe('Which groups may use which models.'),
  degrade: z.array(z.strictObject({
    groups: groups.default(['*']),
    budgets: z.array(pattern).min(1).default(['*']).describe('Globs over names of budgets (`budgets[].name`; "key" is a key\'s own). One that reached the step is enough.').meta({ examples: [['engineering']] }),
    from_percent: z.number().int().min(1).max(100).describe('Percent of the budget from which on it holds.').meta({ examples: [80] }),
    models: z.array(pattern).min(1).nullable().default(null).describe('Globs over candidate ids that may still answer, the cheapest first. A call that none of them could answer is denied.').meta({ examples: [['openai/gpt-5-mini', 'home/*']] }),
    max_usd: z.number().min(0).nullable().default(null).describe('Most that one call may cost at its upper bound, USD.').meta({ examples: [0.05] }),
  }).refine(entry => entry.models !== null || entry.max_usd !== null, { path: ['models'], error: 'models or max_usd must say what holds then' })).default([]).describe('What holds before a budget is used up: cheaper models instead of a hard stop.'),
  data: z.strictObject({
    pseudonymise: kinds.default([...personalKinds]).describe('Kinds that models see as stable pseudonyms.').meta({ examples: [['email', 'card']] }),
    mask: kinds.default([]).describe('Kinds that models see as [KIND], for good.').meta({ examples: [['us_ssn']] }),
    block: kinds.default([]).describe('Kinds that stop a request.').meta({ examples: [['private_key']] }),
    unless_local: z.boolean().default(true).describe('Local models get the real values.').meta({ examples: [true] }),
    secrets: z.enum(['local', 'block', 'allow']).default('local').describe('Requests and sessions with secrets: local models only, stopped, or allowed.').meta({ examples: ['local'] }),
    restore_servers: z.array(z.string()).default([]).describe('MCP servers whose arguments may get real values for pseudonyms.').meta({ examples: [['crm']] }),
    secret_servers: z.array(z.string()).default([]).describe('MCP servers that may receive secrets in arguments.').meta({ examples: [['vault']] }),
  }).prefault({}).describe('What happens to personal data and secrets.'),
})

export type Settings = z.infer<typeof settingsSchema>
