// One cell through the real gateway: a caller's request in, a provider's bytes back, and what both sides saw.
import { readFileSync } from 'node:fs'
import type { CleansUp } from '../../support/scratch-folder.ts'
import { startWorld, type World } from '../../flow/setup.ts'
import { framesOf } from './aws-event-stream.ts'
import { answerFile, requestFile, type Case } from './cases.ts'
import { callers, providers, type CallerRow, type ProviderRow } from './dialects.ts'
import { startReplayProvider, type ReplayProvider } from './replay-provider.ts'

export interface Pair { readonly caller: readonly [string, CallerRow]; readonly provider: readonly [string, ProviderRow] }
export const pairs: readonly Pair[] = [...callers].flatMap(caller => [...providers].map(provider => ({ caller, provider })))

export interface Matrix { readonly world: World; readonly replay: ReplayProvider }

const aliasOf = (provider: string): string => `to-${provider}`

/** The gateway with one model for each provider dialect, each under an alias, and nothing that changes what is said. */
export const startMatrix = async (test: CleansUp): Promise<Matrix> => {
  const replay = await startReplayProvider(test)
  const capabilities = ['tools', 'vision', 'thinking', 'json_schema']
  const world = await startWorld(test, { config: {
    providers: [...providers].map(([id, { config }]) => ({ id, ...config(replay.origin) })),
    models: [...providers.keys()].map(id => ({ id: `${id}/the-model`, context: 200_000, max_output_tokens: 8192, capabilities, price: { usd_per_mtok_in: 1, usd_per_mtok_out: 5 } })),
    aliases: [...providers.keys()].map(id => ({ name: aliasOf(id), candidates: [`${id}/the-model`] })),
    policy: { settings: { data: { pseudonymise: [], secrets: 'allow' } } },
    resilience: { attempts: 1, breaker_failures: 1_000_000 },
  } })
  return { world, replay }
}

export interface Seen {
  /** The caller's body. */
  readonly sent: string
  /** Request line and body at the provider. */
  readonly asked: { readonly line: string; readonly body: string }
  readonly status: number
  /** Headers that say something of the translation. */
  readonly headers: readonly string[]
  readonly body: string
}

/** Times, ids of exchanges and ids that the gateway made up because the provider gave none. */
export const settled = (text: string): string => text
  .replaceAll(/"(created|created_at|completed_at)":\d{10}/g, '"$1":0')
  .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
  .replaceAll(/\b((?:[a-z]{2,12}_)+)[0-9a-f]{24,64}\b/g, '$1MADE')

const headersOf = (response: Response): string[] => ['content-type', 'x-portcullis-lost'].flatMap(name => {
  const value = response.headers.get(name)
  return value === null ? [] : [`${name}: ${value}`]
})

/** The provider's bytes for a cell. */
export const answerBytes = (provider: ProviderRow, one: Case, way: 'whole' | 'stream'): Buffer => {
  const bytes = readFileSync(answerFile(provider, one, way))
  return way === 'stream' && one.status === undefined && provider.stream.extension === 'jsonl' ? framesOf(bytes.toString()) : bytes
}

export const runCell = async ({ replay, world }: Matrix, pair: Pair, one: Case, way: 'whole' | 'stream', cuts: readonly number[] = []): Promise<Seen> => {
  const [[, caller], [name, provider]] = [pair.caller, pair.provider]
  const stream = way === 'stream'
  const bytes = answerBytes(provider, one, way)
  const isStream = stream && one.status === undefined
  replay.next = {
    status: one.status ?? 200, contentType: isStream ? provider.stream.contentType : 'application/json', bytes, cuts,
    breakAt: one.cutAt === undefined ? null : Math.floor(bytes.length * one.cutAt),
  }
  replay.asked.length = 0
  const request = JSON.parse(readFileSync(requestFile(caller, one), 'utf8')) as Record<string, unknown>
  const sent = JSON.stringify(caller.body(request, aliasOf(name), stream))
  const response = await world.post(caller.path(aliasOf(name), stream), sent, caller.headers)
  const body = settled(await response.text())
  const [asked] = replay.asked
  if (asked === undefined) throw new Error(`the provider was not asked: ${response.status} ${body}`)
  return { sent, asked, status: response.status, headers: headersOf(response), body }
}
