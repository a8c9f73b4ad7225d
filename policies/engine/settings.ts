// The operator's data for the shipped policies: common cases need no Rego. Rego sees it as data.portcullis_settings; defaults allow nothing.
import { z } from 'zod'
import { inspectActions, sensitivities } from './contract.ts'
import { isStep } from './steps.ts'

const pattern = z.string().min(1)
const groups = z.array(z.string()).min(1).describe('Groups it applies to; "*" is everybody.').meta({ examples: [['engineering']] })
const mode = z.enum(['enforce', 'observe']).default('enforce').describe('`observe` records what the layer would have done and stops nothing.').meta({ examples: ['enforce'] })

/**
 * Kinds of personal data that are hidden from models unless settings say otherwise: those that rules find surely. Names, organisations, postal
 * addresses, user names and coordinates are not among them: what is found of those is best effort, and hiding them costs answers their sense.
 */
export const personalKinds = [
  'card', 'iban', 'bank_routing', 'bank_account', 'email', 'phone', 'ipv4', 'ipv6', 'mac',
  'us_ssn', 'us_itin', 'uk_nino', 'uk_nhs', 'de_tax_id', 'fr_nir', 'it_fiscal_code', 'es_dni', 'nl_bsn', 'pl_pesel', 'se_personnummer', 'in_aadhaar', 'in_pan',
  'br_cpf', 'br_cnpj', 'au_tfn', 'au_medicare', 'ca_sin', 'ch_ahv', 'at_svnr', 'be_nrn', 'dk_cpr', 'fi_hetu', 'no_fnr', 'pt_nif', 'ie_pps', 'kr_rrn', 'sg_nric',
  'za_id', 'tr_tckn', 'cn_id', 'jp_my_number', 'mx_curp', 'national_id', 'passport', 'driver_licence', 'vehicle', 'date_of_birth', 'medical_record', 'crypto_address', 'own:*',
] as const

const kinds = z.array(z.string().regex(/^(?:[a-z][a-z\d_]*|own(?:-secret)?:[^\s]+)$/, 'must be a kind such as email, or own:<name>, or own:* for all of your own'))
const sink = z.string().regex(/^(?:client|tool:[a-z0-9-]+(?:\/\S+)?)$/, 'must be client, tool:<server> or tool:<server>/<tool>')
const argumentPath = z.string().regex(/^(?:\/[^/]+)+$/, 'must be a JSON pointer into the arguments such as /to or /recipients/*')

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

const onSteps = (value: number | null): boolean => value === null || isStep(value)
const stepsOnly = { error: 'must be a step of 1, 2, 5, 10, 20, 50 … (or 0.5, 0.2, 0.1 …): counts are compared in these steps, so that equal decisions can be remembered' }

const loopsSchema = z.strictObject({
  max_repeats: z.number().int().min(3).nullable().default(8).describe('Times that one tool may be called in a row with the same arguments and the same result, with nothing new learnt in between. The next such call is refused with the reason. Null: any number.').meta({ examples: [8] }),
  max_repeats_in_root: z.number().int().min(10).nullable().default(50).refine(onSteps, stepsOnly).describe('The same, whatever else was called in between, within one user request. It has to be a step: 10, 20, 50, 100, 200 and so on.').meta({ examples: [50] }),
  max_model_repeats: z.number().int().min(3).nullable().default(20).describe('Model calls in a row in which the very same tool calls and results are reported: loops over tools that do not run through the gateway.').meta({ examples: [20] }),
  exempt: z.array(pattern).default(['*/*wait*', '*/*poll*', '*/*sleep*', '*/*status*']).describe('Globs over `server/tool` of tools that may come to the same as often as they like: those that wait for something.').meta({ examples: [['jobs/wait_for_job']] }),
  spend_factor: z.number().min(2).nullable().default(20).describe('Model calls are refused while a session spends this many times what was usual for it (the median of its last 30 minutes with spending, known after five). Null: never.').meta({ examples: [20] }),
  spend_floor_usd: z.number().positive().default(1).refine(onSteps, stepsOnly).describe('Spending below this, in USD a minute, is never too fast.').meta({ examples: [1] }),
  max_root_calls: z.number().int().min(5).nullable().default(null).refine(onSteps, stepsOnly).describe('Calls (models, tools) that one user request may set off; a step such as 10, 20, 50, 100, 200. Null: any number.').meta({ examples: [500] }),
  max_root_usd: z.number().min(0.01).nullable().default(null).refine(onSteps, stepsOnly).describe('USD that one user request may have cost when it asks for more; a step such as 0.5, 1, 2, 5, 10. Null: any sum.').meta({ examples: [5] }),
})

const levels = z.enum(sensitivities)

const trifectaSchema = z.strictObject({
  mode: z.enum(['off', 'approve', 'deny']).default('off').describe('What happens to the third leg: a call that could send data out, of a session that holds private data and has seen untrusted content. `approve`: it needs approval.').meta({ examples: ['approve'] }),
  private_labels: z.array(z.string()).default(['secret']).describe('Labels of private data.').meta({ examples: [['customer-data']] }),
  private_sensitivity: levels.nullable().default('confidential').describe('From this sensitivity on data is private. Null: only by label.').meta({ examples: ['confidential'] }),
  untrusted_labels: z.array(z.string()).default(['untrusted']).describe('Labels of content that strangers may have written. What tools return that say of themselves that they reach the open world (`openWorldHint`) is labelled `untrusted`.').meta({ examples: [['untrusted', 'mail']] }),
  outward: z.array(pattern).default([]).describe('Globs over `server/tool` of tools that can send data out.').meta({ examples: [['mail/send*', 'web/*']] }),
  open_world: z.boolean().default(true).describe('Tools that say of themselves that they reach the open world (`openWorldHint`) can send data out, too.').meta({ examples: [true] }),
  except: z.array(pattern).default([]).describe('Globs over `server/tool` of tools that cannot, whatever they say.').meta({ examples: [['intranet/*']] }),
  models: z.boolean().default(false).describe('Models that are not local count as a way out: such a session keeps to local ones.').meta({ examples: [true] }),
  approvers: z.array(z.string()).default([]).describe('Groups that may approve.').meta({ examples: [['security']] }),
})

const stickySchema = z.strictObject({
  labels: z.array(z.string()).default([]).describe('Labels with which a session, or a single request, keeps to local models.').meta({ examples: [['customer-data']] }),
  sensitivity: levels.nullable().default(null).describe('Sensitivity from which on it does. Null: only by label.').meta({ examples: ['confidential'] }),
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
    pseudonymise: kinds.default([...personalKinds]).describe('Kinds that models see as stable pseudonyms, and that come back in answers.').meta({ examples: [['email', 'card']] }),
    surrogates: kinds.default([]).describe('Of these, kinds whose pseudonyms look like values of the kind (`user1@redacted.example`), from ranges that belong to nobody. A kind that has no such range keeps its placeholder (`[PERSON_1]`).').meta({ examples: [['email', 'phone']] }),
    hash: kinds.default([]).describe('Kinds that models see as keyed hashes such as [EMAIL#k3f9x2ab]: the same value has the same in all sessions of a tenant, and it never comes back.').meta({ examples: [['ipv4']] }),
    mask: kinds.default([]).describe('Kinds that models see as [KIND], for good.').meta({ examples: [['us_ssn']] }),
    drop: kinds.default([]).describe('Kinds that are taken out.').meta({ examples: [['cookie']] }),
    block: kinds.default([]).describe('Kinds that stop a request.').meta({ examples: [['private_key']] }),
    rephrase: kinds.default([]).describe('Kinds whose texts other models see only as a local model rewrote them (`redaction.rephrase`), with pseudonyms for the values: for what is sensitive and too hard for the local model.').meta({ examples: [['medical_record', 'person']] }),
    approve: kinds.default([]).describe('Kinds that a model may only get after an approval of class `data`.').meta({ examples: [['medical_record']] }),
    approvers: z.array(z.string()).default([]).describe('Groups that may approve that.').meta({ examples: [['dpo']] }),
    local: kinds.default([]).describe('Kinds that only local models get: a request that holds one is routed there or refused.').meta({ examples: [['medical_record']] }),
    may_see: z.array(z.strictObject({
      kinds: kinds.min(1).describe('Kinds that are sent as they are.').meta({ examples: [['email']] }),
      providers: z.array(z.string().min(1)).default([]).describe('Ids of providers.').meta({ examples: [['azure-eu']] }),
      trust: z.enum(sensitivities).nullable().default(null).describe('Every model that is trusted with this sensitivity or a higher one. `public` is every model.').meta({ examples: ['confidential'] }),
    }).refine(({ providers, trust }) => providers.length > 0 || trust !== null, { path: ['providers'], error: 'providers or trust must say who may see them' })).default([]).describe('Which models get which kinds as they are, whatever is done to them for others.'),
    unless_local: z.boolean().default(true).describe('Local models get the real values.').meta({ examples: [true] }),
    secrets: z.enum(['local', 'hide', 'block', 'allow']).default('local').describe('Requests and sessions with secrets: local models only; other models get pseudonyms for them (`hide`: for agents that read code, where examples of credentials are everywhere); stopped; or allowed, by models that are trusted with restricted data.').meta({ examples: ['local'] }),
    restore_client: kinds.nullable().default(null).describe('Pseudonymised kinds that the caller gets back. Null: all but secrets, which come back in named arguments of named tools only.').meta({ examples: [['email']] }),
    restore_in_addresses: z.boolean().default(false).describe('What models write inside web addresses (`https://host/…`) comes back for the caller, too. Whoever loads such an address, and clients load pictures by themselves, tells the value to its host; a page that an agent reads can ask for it.').meta({ examples: [true] }),
    restore_servers: z.array(z.string()).default([]).describe('MCP servers whose arguments may get real values for pseudonyms, secrets excepted.').meta({ examples: [['crm']] }),
    restore: z.array(z.strictObject({
      kinds: kinds.min(1).describe('Pseudonymised kinds. A secret needs a tool and paths.').meta({ examples: [['email']] }),
      sinks: z.array(sink).min(1).describe('Where: `tool:<server>`, `tool:<server>/<tool>` or `client`.').meta({ examples: [['tool:mail/send']] }),
      paths: z.array(argumentPath).min(1).nullable().default(null).describe('Places in the arguments, as JSON pointers; `*` is any one step, a last `**` any rest. Null: anywhere.').meta({ examples: [['/to', '/recipients/*']] }),
    })).default([]).describe('Places where pseudonyms become real values again, beside the two above.'),
    unseen_media: z.enum(['allow', 'local', 'block']).default('allow').describe('Pictures, files and sound in model requests, which no detector looks into: allowed, local models only, or stopped.').meta({ examples: ['local'] }),
    secret_servers: z.array(z.string()).default([]).describe('MCP servers that may receive secrets: in arguments of tools and prompts, in addresses, in what is to be completed.').meta({ examples: [['vault']] }),
    answers: z.strictObject({
      kinds: kinds.default([]).describe('Kinds that are looked for in what models answer. With any, a stream is told 64 characters late; where a remote detector looks at answers (`for: [answer]`), some sentences.').meta({ examples: [['private_key', 'api_key']] }),
      action: z.enum(inspectActions).default('mask').describe('`label` marks the session and changes nothing; `mask` shows [KIND], `drop` nothing, `block` ends the answer with an error. Each marks the session. What was restored for the caller stays.').meta({ examples: ['mask'] }),
    }).prefault({}).describe('What models may say by themselves.'),
  }).prefault({}).describe('What happens to personal data and secrets.'),
  trifecta: trifectaSchema.prefault({}).describe('The lethal trifecta: private data, untrusted content and a way out must not come together in one session.'),
  sticky_local: stickySchema.prefault({}).describe('Sessions that keep to local models once they hold certain data, for as long as they hold it.'),
  tools: z.strictObject({
    require_model_request: z.array(pattern).default([]).describe('Globs over `server/tool` of tools that are called only where a model asked for this very call through this gateway.').meta({ examples: [['mail/send*']] }),
  }).prefault({}).describe('Where calls of tools must come from.'),
  loops: loopsSchema.prefault({}).describe('When a runaway loop is stopped: repeated calls, sudden spending, and what one user request may set off.'),
})

export type Settings = z.infer<typeof settingsSchema>

/** Models get pseudonyms for secrets, so that what holds one may leave. */
export const hidesSecrets = ({ data }: Settings): boolean => data.secrets === 'hide'
