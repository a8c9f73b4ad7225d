// Candidates for tests of the router, made by the real registry. It holds no expectation.
import type { Candidate } from '../../../registry/registry.ts'
import type { Health, RankRequest } from '../../../router/route.ts'
import { registryOf } from '../registry/setup.ts'

export interface Described {
  readonly id: string
  readonly local?: boolean
  readonly trust?: string
  readonly context?: number
  readonly out?: number
  readonly capabilities?: readonly string[]
  /** USD per million tokens in and out; null: no price is known. */
  readonly price?: readonly [number, number] | null
}

/** One candidate `provider/model`. */
export const candidate = (described: Described): Candidate => {
  const [provider = '', model = ''] = described.id.split('/')
  const { price = [1, 2], context = 100_000, out = 4000, capabilities = ['tools', 'vision'], local = false, trust = null } = described
  const registry = registryOf({
    providers: [{ id: provider, dialect: 'openai', base_url: 'http://127.0.0.1:1/v1', local, trust }],
    models: [{
      id: described.id, name: `unheard-of-${model}`, context, max_output_tokens: out, capabilities,
      price: price === null ? null : { usd_per_mtok_in: price[0], usd_per_mtok_out: price[1] },
    }],
  })
  return registry.candidatesFor(described.id, 'openai')[0]!
}

export const healthy: Health = { healthy: true, p50Ms: null }
export const plainNeeds: RankRequest['needs'] = { tools: false, vision: false, embeddings: false, inputTokens: 1000, maxOutputTokens: 100 }

/** A request to rank: text only, everything healthy, by cost. */
export const rankRequest = (candidates: readonly Candidate[], change: Partial<RankRequest> = {}): RankRequest => ({
  candidates, needs: plainNeeds, constraints: {}, health: () => healthy, prefer: 'cost', ...change,
})
