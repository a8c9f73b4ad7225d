// Configuration of what is looked for, beside the detectors that the gateway brings: the operator's own lists, patterns and hashed sets, and
// detectors that are asked over HTTP.
import { z } from 'zod'
import { isPrivateHost } from '../../registry/provider.ts'
import { secretRefSchema } from '../../registry/secret-ref.ts'
import { builtInKinds } from '../exchange/kinds.ts'
import { sensitivities } from '../exchange/labels.ts'
import { shapes } from '../redaction/own/candidates.ts'
import { protocolNames } from '../redaction/remote/protocols.ts'
import { textSources } from '../redaction/remote/text-source.ts'

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9, "_" and "-"')
const ownKind = /^own(?:-secret)?:[a-z0-9][a-z0-9_-]{0,39}$/
const known: ReadonlySet<string> = new Set(builtInKinds)

const kind = z.string().refine(value => known.has(value) || ownKind.test(value), { error: 'must be a kind that the gateway knows (email, person, address …), or one of your own: own:<name>, own-secret:<name>' })

const wordsSchema = z.union([
  z.array(z.string().min(1)).min(1),
  z.strictObject({ file: z.string().min(1).describe('File with one entry a line; lines that begin with `# ` are comments.').meta({ examples: ['./projects.txt'] }) }),
]).meta({ examples: [['Falcon', 'Blue Heron']] })

const hashesSchema = z.strictObject({
  values: z.array(z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits in lower case: what `portcullis hash` prints')).default([]).describe('Hashes of the values, as `portcullis hash` prints them.').meta({ examples: [['0123456789abcdef'.repeat(4)]] }),
  file: z.string().min(1).nullable().default(null).describe('File with one hash a line.').meta({ examples: ['./customers.hashes'] }),
  key: secretRefSchema.nullable().default(null).describe('Key of the HMAC, at least 16 characters. Without it the hashes are plain SHA-256, and whoever gets them finds short numbers by trying all.').meta({ examples: [{ env: 'CUSTOMER_HASH_KEY' }] }),
  shape: z.enum(shapes).describe('What the values are: `digits` (spaces, hyphens, dots and slashes inside do not count), `word` (letters and digits, signs inside do not count, nor does case) or `email`.').meta({ examples: ['digits'] }),
  min_length: z.number().int().min(3).max(64).default(6).describe('Shortest value, without the signs that do not count.').meta({ examples: [6] }),
  max_length: z.number().int().min(3).max(64).default(24).describe('Longest value, without the signs that do not count.').meta({ examples: [24] }),
  needs_digit: z.boolean().default(true).describe('Of words only those with a digit in them are looked up. False: every word is.').meta({ examples: [true] }),
}).refine(({ min_length: min, max_length: max }) => min <= max, { path: ['max_length'], error: 'must not be less than min_length' })

const ownSchema = z.strictObject({
  name: name.describe('The kind is called own:<name>, or own-secret:<name>.').meta({ examples: ['projects'] }),
  secret: z.boolean().default(false).describe('It is a secret: what holds it gets the label `secret`, and stays on local models unless policy says otherwise. Else it is personal data.').meta({ examples: [false] }),
  words: wordsSchema.optional().describe('Words and phrases, found as whole words. Any number of them costs the same.'),
  pattern: z.string().min(1).max(2000).optional().describe('Regular expression in RE2 syntax. A group called `value` is what is found, if there is one.').meta({ examples: ['EMP-[0-9]{6}'] }),
  literals: z.array(z.string().min(1)).default([]).describe('For patterns: texts without any of these, in any case, are not searched. Without them a text costs about 0.01 ms per KiB, and 0.1 ms where something is found.').meta({ examples: [['emp']] }),
  hashes: hashesSchema.optional().describe('A set of values that is known by hashes only.'),
  ignore_case: z.boolean().default(true).describe('For words and patterns: upper and lower case are the same.').meta({ examples: [true] }),
  labels: z.array(z.string().min(1)).default([]).describe('Labels that it puts on what holds it, besides `pii` or `secret`.').meta({ examples: [['project']] }),
  sensitivity: z.enum(sensitivities).default('public').describe('Least sensitivity of what holds it.').meta({ examples: ['confidential'] }),
}).refine(({ hashes, pattern, words }) => [hashes, pattern, words].filter(way => way !== undefined).length === 1, { error: 'needs exactly one of words, pattern, hashes', params: { example: 'words: ["Falcon", "Blue Heron"]' } })

const isBare = (url: string): boolean => {
  // Checks go on after a failed one.
  if (!URL.canParse(url)) return true
  const { hash, password, search, username } = new URL(url)
  return username === '' && password === '' && search === '' && hash === ''
}

const ourHeaders: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'connection', 'content-length', 'content-type', 'expect', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'])

const remoteSchema = z.strictObject({
  name: name.describe('What it is called in facts (`detector:<name>` in data.unseen), log and metrics.').meta({ examples: ['names'] }),
  protocol: z.enum(protocolNames).default('portcullis').describe('What it speaks: our own `POST /v1/detect`, Presidio\'s `POST /analyze`, or that of a GLiNER server: `POST /v1/extract` of NeMo Guardrails (`gliner`), `POST /v1/chat/completions` of NVIDIA\'s NIM (`gliner_nim`), `POST /gliner` of `gliner.serve` (`gliner_serve`).').meta({ examples: ['presidio'] }),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).refine(isBare, { error: 'must not hold credentials, a query or a fragment: use credential or headers' }).describe('Address without the path of the protocol.').meta({ examples: ['http://127.0.0.1:5002'] }),
  local: z.boolean().default(false).describe('It is under our own control. Texts are sent to it as they are, secrets and all: one that is not local has to be wished for with `asserted`.').meta({ examples: [true] }),
  asserted: z.boolean().default(false).describe('Accept a detector that is not local, or one that is on an address that looks public. You vouch for it.').meta({ examples: [false] }),
  credential: secretRefSchema.nullable().default(null).describe('Sent as `Authorization: Bearer`.').meta({ examples: [{ env: 'DETECTOR_KEY' }] }),
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/, 'must be a lower-case header name').refine(header => !ourHeaders.has(header), 'is said by the gateway itself'), z.union([z.string(), secretRefSchema])).default({}).describe('Header fields to send along; values may be secret references.').meta({ examples: [{ 'x-api-key': { env: 'DETECTOR_KEY' } }] }),
  for: z.array(z.enum(textSources)).min(1).default(['prompt', 'tool_call', 'tool_result', 'question']).describe('Which texts are sent: of model requests `system`, `prompt`, `tool_definition`, `tool_call` and `tool_result`; MCP arguments are `tool_call`, MCP results `tool_result`, what a server tells while it works `tool_result` as well, what a server and its caller ask and answer `question`. `answer` is what models say, where `policy.settings.data.answers` names kinds: it waits until the detector has looked, sentence by sentence. `header` is what is passed on beside the body of a model request, header fields and the query.').meta({ examples: [['prompt', 'tool_result']] }),
  min_chars: z.number().int().min(1).default(12).describe('Shorter texts are not sent.').meta({ examples: [12] }),
  max_chars: z.number().int().min(100).default(100_000).describe('Longer texts are not sent, and count as not seen.').meta({ examples: [100000] }),
  kinds: z.record(z.string().min(1), kind.nullable()).default({}).describe('What its types are called here, over the table of the protocol; null: not wanted. A type that neither knows is `own:<name of the detector>`.').meta({ examples: [{ PERSON: 'person', DATE_TIME: null }] }),
  ask: z.array(z.string().min(1)).default([]).describe('Types that it is asked for, in its own words (`entities` of Presidio, `labels` elsewhere). Empty: all that it knows.').meta({ examples: [['PERSON', 'LOCATION']] }),
  min_score: z.number().min(0).max(1).default(0.5).describe('Findings below this score are left out.').meta({ examples: [0.5] }),
  language: z.string().min(2).default('en').describe('Language of the texts, as the detector calls it. For texts in several languages: one detector for each.').meta({ examples: ['en'] }),
  options: z.record(z.string().min(1), z.json()).default({}).describe('Further members of each request, as the detector takes them: `ad_hoc_recognizers`, `allow_list` or `context` of Presidio, `adapter_id` of gliner.serve. What the gateway says itself stays.').meta({ examples: [{ allow_list: ['Acme'], context: ['patient'] }] }),
  model: z.string().min(1).default('nvidia/gliner-pii').describe('For `gliner_nim`: the model that it is asked for.').meta({ examples: ['nvidia/gliner-pii'] }),
  on_failure: z.enum(['restricted', 'ignore']).default('restricted').describe('What a text counts as that it did not look at, whatever the reason. restricted: the most sensitive there is, with the label `unseen`. ignore: what the other detectors say. Policy sees `detector:<name>` in data.unseen either way.').meta({ examples: ['restricted'] }),
  deadline_ms: z.number().int().min(1).max(60_000).default(150).describe('Longest time that an exchange waits for it, in milliseconds. What comes later is remembered for the next time.').meta({ examples: [150] }),
  give_up_ms: z.number().int().min(10).max(120_000).default(5000).describe('Longest time that a call of it may take, in milliseconds; longer is a failure.').meta({ examples: [5000] }),
  concurrency: z.number().int().min(1).max(256).default(8).describe('Calls to it at once.').meta({ examples: [8] }),
  batch_texts: z.number().int().min(1).max(1000).default(64).describe('Most texts in one call. GLiNER servers take one.').meta({ examples: [64] }),
  batch_chars: z.number().int().min(100).default(50_000).describe('Characters in one call, unless one text has more.').meta({ examples: [50000] }),
  breaker_failures: z.number().int().min(1).default(5).describe('Failures in a row after which it is not asked for a while.').meta({ examples: [5] }),
  breaker_cooldown_ms: z.number().int().min(10).default(10_000).describe('The first such while in milliseconds; it doubles up to 16 times this.').meta({ examples: [10000] }),
  memo_bytes: z.number().int().min(0).default(32 * 1024 * 1024).describe('Memory for what it said of texts, so that a history that is sent again is not asked about again.').meta({ examples: [33554432] }),
}).refine(({ credential, headers }) => credential === null || !('authorization' in headers), { path: ['credential'], error: 'cannot be combined with headers.authorization' }).superRefine(({ asserted, local, url }, context) => {
  if (asserted || !URL.canParse(url)) return
  const isPrivate = isPrivateHost(new URL(url).hostname)
  if (local && isPrivate) return
  const message = local
    ? 'the url looks public, so this detector does not look local; set `asserted: true` if it is under your control all the same'
    : 'every text is sent to it as it is; say `local: true` if it is under your control, or `asserted: true` if it may read everything all the same'
  context.addIssue({ code: 'custom', path: ['local'], message, params: { example: local ? 'asserted: true' : 'local: true' } })
})

const unique = (entries: readonly { readonly name: string }[]): boolean => new Set(entries.map(entry => entry.name)).size === entries.length

const rephraseSchema = z.strictObject({
  model: z.string().min(3).describe('Model that rewrites, as `provider/model`: of a provider that is `local` and of dialect openai.').meta({ examples: ['home/llama3.3'] }),
  timeout_ms: z.number().int().min(100).default(60_000).describe('Longest time for one text in milliseconds; then the request is refused.').meta({ examples: [60000] }),
  instructions: z.string().min(1).nullable().default(null).describe('System prompt for it. Null: the built-in one.').meta({ examples: ['Rewrite the text without anything that tells who it is about. Keep [WORDS_1] in brackets.'] }),
})

export const redactionSchema = z.strictObject({
  rephrase: rephraseSchema.nullable().default(null).describe('Local model that rewrites texts where policy says `rephrase`. Null: such requests are refused.'),
  min_confidence: z.number().min(0).max(1).default(0.5).describe('Findings below this confidence are ignored.').meta({ examples: [0.5] }),
  memo_bytes: z.number().int().min(0).default(64 * 1024 * 1024).describe('Memory for results of scanned text, so that a re-sent history costs nothing.').meta({ examples: [67108864] }),
  names: z.boolean().default(false).describe('Look for names of persons, organisations and places in English prose, with the tagger that comes along. Best effort (gateway/redaction/tagger/card.md says how well), and about half a second for each megabyte of new text. What is done about `person`, `organisation` and `location` is policy: no default list names them.').meta({ examples: [true] }),
  quasi_identifiers: z.boolean().default(false).describe('Look for what tells of somebody only together with other things: `age`, `date`, `location`, `nationality`, `religion`, `politics` and `title`, in English for the most part. They are counted in facts; what is done about them is policy: they put no label on anything, and no default list names them. About 0.1 seconds for each megabyte of new text.').meta({ examples: [true] }),
  own: z.array(ownSchema).default([]).refine(unique, 'two entries have the same name').describe('Your own lists, patterns and hashed sets. What is done about their kinds is policy: name them in policy.settings.data.'),
  remote: z.array(remoteSchema).default([]).refine(unique, 'two entries have the same name').describe('Detectors that are asked over HTTP.'),
})

export type OwnConfig = z.infer<typeof ownSchema>
export type RemoteConfig = z.infer<typeof remoteSchema>
