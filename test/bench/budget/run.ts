// One run: so many calls at once against one budget, spread over all gateways, a third of them as streams. What was spent is the provider's bill.
import { limitUsd, maxTokens, type BudgetStand } from './stand.ts'

export interface RunResult {
  readonly run: number
  readonly limitUsd: number
  readonly spentUsd: number
  readonly answered: number
  /** 429 budget.exhausted. */
  readonly refused: number
  /** 503 state.unavailable. */
  readonly unavailable: number
  /** Anything else: a run with some is no result. */
  readonly failed: readonly string[]
}

export const overspendOf = ({ limitUsd: limit, spentUsd }: RunResult): number => Math.max(0, spentUsd - limit)

type Outcome = 'answered' | 'refused' | 'unavailable' | { readonly failed: string }

const ask = async ({ gateways, key }: BudgetStand, run: number, call: number): Promise<Outcome> => {
  const gateway = gateways[call % gateways.length]
  const stream = call % 3 === 0
  const response = await fetch(`${gateway?.url ?? ''}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${key(run)}`, 'x-portcullis-session': `run-${run}-${call}` },
    body: JSON.stringify({ model: 'fake/model', max_tokens: maxTokens, stream, messages: [{ role: 'user', content: `run ${run}, call ${call}: say something` }] }),
  })
  const text = await response.text()
  if (response.status === 200) return 'answered'
  if (response.status === 429 && text.includes('budget.exhausted') && text.includes('(key:run-')) return 'refused'
  if (response.status === 503 && text.includes('state.unavailable')) return 'unavailable'
  return { failed: `${response.status} ${text.slice(0, 300)}` }
}

/** @param meanwhile happens while the calls are under way */
export const runOnce = async (stand: BudgetStand, run: number, calls: number, meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<RunResult> => {
  const asked = Promise.all(Array.from({ length: calls }, (_, call) => ask(stand, run, call).catch((error: unknown): Outcome => ({ failed: String(error) }))))
  await meanwhile()
  const outcomes = await asked
  const count = (outcome: Outcome): number => outcomes.filter(one => one === outcome).length
  return {
    run, limitUsd, spentUsd: stand.billed(run), answered: count('answered'), refused: count('refused'), unavailable: count('unavailable'),
    failed: outcomes.flatMap(one => typeof one === 'object' ? [one.failed] : []),
  }
}
