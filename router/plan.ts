// Which of the candidates that may answer does, and in which order the others follow. Everything that it depends on is in its inputs, which
// are plain numbers and names: an audit record holds them, and `portcullis routes explain` gets the same answer from them.

/** `listed`: in the order in which the options stand. */
export const strategies = ['cheapest', 'learned', 'listed'] as const
export type Strategy = (typeof strategies)[number]
export const preferences = ['cost', 'balanced', 'quality', 'latency'] as const
export type Preference = (typeof preferences)[number]

export interface PlanOption {
  readonly id: string
  /** Predicted share of right answers; null where nothing is known. */
  readonly success: number | null
  /** How far below the best predicted success this one may be. */
  readonly slack: number
  /** Expected cost of this call, USD, what the provider's cache holds taken into account. */
  readonly usd: number
  /** The part of it that would not be paid if this conversation had been with this model before. */
  readonly coldUsd: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  /** Needs a translation of the request. */
  readonly foreign: boolean
}

export interface PlanSession {
  /** Model of the conversation's last answer. */
  readonly last: string | null
  readonly lock: 'tool-loop' | 'thinking' | null
  /** 0 to 1: how much went wrong of late. */
  readonly escalation: number
  /** What the conversation would have cost without any switch of model, and what its switches cost, USD. */
  readonly stayUsd: number
  readonly switchUsd: number
}

export interface PlanInputs {
  readonly strategy: Strategy
  readonly prefer: Preference
  /** Most that switches may cost, as a share of what the conversation costs without them. */
  readonly maxSwitchShare: number
  readonly options: readonly PlanOption[]
  readonly session: PlanSession
}

export interface Plan {
  /** Ids, the chosen one first. */
  readonly order: readonly string[]
  readonly reason: string
  /** Best predicted success; null where none was asked for. */
  readonly best: number | null
  /** Why the conversation stayed where it was, if it had to. */
  readonly locked: 'tool-loop' | 'thinking' | 'switch-cost' | null
}

type Compare = (a: PlanOption, b: PlanOption) => number

const ms = (value: number | null): number => value ?? Number.MAX_SAFE_INTEGER
const byId: Compare = (a, b) => a.id < b.id ? -1 : 1
const byCost: Compare = (a, b) => a.usd - b.usd || Number(a.foreign) - Number(b.foreign) || ms(a.p50Ms) - ms(b.p50Ms) || byId(a, b)
const byLatency: Compare = (a, b) => ms(a.p50Ms) - ms(b.p50Ms) || a.usd - b.usd || Number(a.foreign) - Number(b.foreign) || byId(a, b)
/** Half of the calls see the median, one in twenty the tail: both count, the tail less. */
const tail = ({ p50Ms, p95Ms }: PlanOption): number => p50Ms === null ? Number.MAX_SAFE_INTEGER : p50Ms + 0.25 * ((p95Ms ?? p50Ms) - p50Ms)
const byTail: Compare = (a, b) => tail(a) - tail(b) || byLatency(a, b)
const bySuccess: Compare = (a, b) => (b.success ?? -1) - (a.success ?? -1) || byCost(a, b)

const percent = (share: number): string => `${Math.round(share * 100)} %`

const firstThen = (first: PlanOption, rest: readonly PlanOption[]): string[] => [first.id, ...rest.filter(({ id }) => id !== first.id).map(({ id }) => id)]

/** From this escalation on it shows. */
const noticed = 0.25

/** Would this switch, with those before it, cost more than its share of the conversation? After failures nothing holds a conversation back. */
const costsTooMuch = (pick: PlanOption, last: PlanOption, { maxSwitchShare, session }: PlanInputs): boolean =>
  pick.id !== last.id && pick.coldUsd > 0 && session.escalation < noticed
  && session.switchUsd + pick.coldUsd > maxSwitchShare * (session.stayUsd + last.usd)

interface Ranked { readonly options: readonly PlanOption[]; readonly reason: string; readonly best: number | null }

const cheapest = ({ options, prefer }: PlanInputs): Ranked => ({
  options: options.toSorted(prefer === 'latency' ? byLatency : byCost),
  reason: `${prefer === 'latency' ? 'fastest' : 'cheapest'} of ${options.length}`, best: null,
})

/** A chain of fallbacks that somebody wrote: what may answer, as it stands there. */
const listed = ({ options }: PlanInputs): Ranked => ({ options, reason: `first of ${options.length} as listed`, best: null })

/** Predicted success that is enough of this option; after failures that of the best. */
const neededOf = ({ slack }: PlanOption, best: number, { escalation }: PlanSession): number => best - slack * (1 - escalation)

const learned = ({ options, prefer, session }: PlanInputs): Ranked => {
  const best = Math.max(...options.map(({ success }) => success ?? 0))
  const isAble = (option: PlanOption): boolean => (option.success ?? 0) >= neededOf(option, best, session) - 1e-9
  const able = options.filter(isAble).sort(prefer === 'latency' ? byTail : byCost)
  const raised = session.escalation >= noticed ? ', raised after failures' : ''
  return {
    options: [...able, ...options.filter(option => !isAble(option)).sort(bySuccess)], best,
    reason: `${prefer === 'latency' ? 'fastest' : 'cheapest'} of ${able.length} of ${options.length} whose predicted success is near the best, ${percent(best)}${raised}`,
  }
}

const rankings: Readonly<Record<Strategy, (inputs: PlanInputs) => Ranked>> = { cheapest, learned, listed }

/** Chooses. Pure. */
export const planRoute = (inputs: PlanInputs): Plan => {
  const { options, reason, best } = rankings[inputs.strategy](inputs)
  const { session } = inputs
  const [pick] = options
  const last = options.find(({ id }) => id === session.last)
  if (last !== undefined && session.lock !== null) {
    return { order: firstThen(last, options), reason: session.lock === 'thinking' ? 'the answer under way is signed by this model' : 'its tool calls are under way', best, locked: session.lock }
  }
  if (pick !== undefined && last !== undefined && costsTooMuch(pick, last, inputs)) {
    return { order: firstThen(last, options), reason: `stays: a switch would forfeit ${pick.coldUsd.toFixed(6)} USD of cached prompt, above ${percent(inputs.maxSwitchShare)} of the conversation`, best, locked: 'switch-cost' }
  }
  return { order: options.map(({ id }) => id), reason, best, locked: null }
}

/** Why an option was not chosen, for people. */
export const whyPassedOver = (option: PlanOption, chosen: PlanOption, { best, locked }: Plan, { prefer, session, strategy }: PlanInputs): string => {
  if (locked !== null) return `the conversation stays (${locked})`
  if (strategy === 'listed') return 'comes later in the list'
  const needed = best === null ? 0 : neededOf(option, best, session)
  if ((option.success ?? 0) < needed - 1e-9) return `predicted success ${percent(option.success ?? 0)} is below ${percent(needed)}`
  if (prefer === 'latency') return option.p50Ms === null ? 'never measured' : 'slower, or as fast and dearer'
  return option.usd > chosen.usd ? `dearer by ${(option.usd - chosen.usd).toFixed(6)} USD` : 'as dear; the other comes first'
}
