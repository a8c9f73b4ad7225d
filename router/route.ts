// Candidates → constraints → scores → choice. Pure: clock, health and numbers are passed in, and every refusal has its reason.
import { speaks } from '../registry/provider.ts'
import type { Candidate } from '../registry/registry.ts'
import { trustRank, type Trust } from '../registry/trust.ts'
import { matchesAny } from './glob.ts'

export interface Needs {
  readonly tools: boolean
  readonly vision: boolean
  readonly embeddings: boolean
  /** Estimates, in tokens. */
  readonly inputTokens: number
  readonly maxOutputTokens: number | null
  /** Answers asked for at once. */
  readonly choices?: number
  readonly serviceTier?: string
}

/** What policy asks of the destination. Absent means no constraint. */
export interface Constraints {
  readonly local?: boolean
  readonly trust?: Trust
  /** Ids or globs. */
  readonly providers?: readonly string[]
  /** Candidate ids or globs. */
  readonly models?: readonly string[]
  /** Most that the call may cost at its upper bound, USD. */
  readonly maxUsd?: number
}

export interface Health { readonly healthy: boolean; readonly p50Ms: number | null; readonly p95Ms?: number | null }

export interface RankRequest {
  readonly candidates: readonly Candidate[]
  readonly needs: Needs
  readonly constraints: Constraints
  readonly health: (candidateId: string) => Health
  /** `listed`: as the candidates are given. */
  readonly prefer: 'cost' | 'latency' | 'listed'
  /** What the caller speaks: between equals the one that needs no translation comes first. */
  readonly dialect?: string
}

export interface Choice {
  readonly candidate: Candidate
  readonly expectedUsd: number
  /** What the call can cost at most: reserved before it is made. */
  readonly upperBoundUsd: number
  readonly reason: string
  /** Input and output: what is expected, and the most that it can be. */
  readonly expectedTokens: number
  readonly upperBoundTokens: number
}

export interface Rejected { readonly id: string; readonly why: string }

export interface Ranking {
  readonly ranked: readonly Choice[]
  readonly rejected: readonly Rejected[]
  /** Null when something is ranked; "unhealthy" when only open breakers are in the way. */
  readonly empty: 'none' | 'unhealthy' | null
}

/** Answers are usually far shorter than allowed; the expectation only orders candidates, money is reserved at the bound. */
export const expectedOutput = (needs: Needs): number => needs.embeddings ? 0 : Math.min(needs.maxOutputTokens ?? 500, 500) * (needs.choices ?? 1)

const boundOutput = (candidate: Candidate, needs: Needs): number =>
  needs.embeddings ? 0 : Math.min(needs.maxOutputTokens ?? candidate.maxOutputTokens, candidate.maxOutputTokens) * (needs.choices ?? 1)

const usd = (candidate: Candidate, input: number, output: number): number =>
  candidate.price === null ? 0 : (input * candidate.price.usdPerMTokIn + output * candidate.price.usdPerMTokOut) / 1e6

// An estimate of four characters a token can be low (code, other scripts); the bound assumes two.
const upperBound = (candidate: Candidate, needs: Needs): number => candidate.price?.bound(needs.inputTokens * 2, boundOutput(candidate, needs), needs.serviceTier) ?? 0

const notAllowed = (candidate: Candidate, { constraints }: RankRequest): string | null => {
  if (constraints.local === true && !candidate.local) return 'not local'
  if (constraints.trust !== undefined && trustRank(candidate.trust) < trustRank(constraints.trust)) return `trust ${candidate.trust} is below ${constraints.trust}`
  if (constraints.providers !== undefined && !matchesAny(constraints.providers, candidate.provider.id)) return 'provider not allowed'
  if (constraints.models !== undefined && !matchesAny(constraints.models, candidate.id)) return 'model not allowed'
  return null
}

const notCapable = ({ capabilities, context }: Candidate, { needs }: RankRequest): string | null => {
  if (needs.tools && !capabilities.includes('tools')) return 'no tools'
  if (needs.vision && !capabilities.includes('vision')) return 'no vision'
  if (needs.embeddings && !capabilities.includes('embeddings')) return 'no embeddings'
  return needs.inputTokens > context ? `context ${context} is too small` : null
}

const notPayable = (candidate: Candidate, { needs, constraints }: RankRequest): string | null => {
  if (candidate.price === null) return 'no price is known; set models[].price'
  if (constraints.maxUsd !== undefined && upperBound(candidate, needs) > constraints.maxUsd) return `may cost more than ${constraints.maxUsd} USD`
  return null
}

const whyNot = (candidate: Candidate, request: RankRequest): string | null =>
  notAllowed(candidate, request) ?? notCapable(candidate, request) ?? notPayable(candidate, request)

const firstOf = { cost: 'cheapest', latency: 'fastest', listed: 'first' } as const

const describe = (request: RankRequest, count: number): string => {
  const { needs, constraints } = request
  const conditions = [
    needs.tools ? 'tools' : '', needs.vision ? 'vision' : '', constraints.local === true ? 'local' : '',
    constraints.trust === undefined ? '' : `trust>=${constraints.trust}`,
  ].filter(text => text !== '')
  return `${firstOf[request.prefer]} of ${count}${conditions.length === 0 ? '' : ` that meet: ${conditions.join(', ')}`}`
}

const compare = (request: RankRequest) => (a: Choice, b: Choice): number => {
  const latency = (choice: Choice): number => request.health(choice.candidate.id).p50Ms ?? Number.MAX_SAFE_INTEGER
  const byCost = a.expectedUsd - b.expectedUsd
  const byLatency = latency(a) - latency(b)
  const foreign = (choice: Choice): number => request.dialect === undefined || speaks(choice.candidate.provider, request.dialect) ? 0 : 1
  const byDialect = foreign(a) - foreign(b)
  const first = request.prefer === 'cost' ? byCost || byDialect || byLatency : byLatency || byCost || byDialect
  return first || (a.candidate.id < b.candidate.id ? -1 : 1)
}

/** Ranks the candidates that meet needs and constraints, best first. */
export const rank = (request: RankRequest): Ranking => {
  const rejected: Rejected[] = []
  const fitting: Candidate[] = []
  for (const candidate of request.candidates) {
    const why = whyNot(candidate, request)
    if (why === null) fitting.push(candidate)
    else rejected.push({ id: candidate.id, why })
  }
  const healthy = fitting.filter(candidate => request.health(candidate.id).healthy)
  for (const candidate of fitting) if (!healthy.includes(candidate)) rejected.push({ id: candidate.id, why: 'circuit breaker open' })
  const reason = describe(request, healthy.length)
  const ranked = healthy.map((candidate): Choice => ({
    candidate, reason,
    expectedUsd: usd(candidate, request.needs.inputTokens, expectedOutput(request.needs)),
    upperBoundUsd: upperBound(candidate, request.needs),
    expectedTokens: request.needs.inputTokens + expectedOutput(request.needs),
    upperBoundTokens: request.needs.inputTokens * 2 + boundOutput(candidate, request.needs),
  }))
  if (ranked.length > 1 && request.prefer !== 'listed') ranked.sort(compare(request))
  return { ranked, rejected, empty: ranked.length > 0 ? null : fitting.length > 0 ? 'unhealthy' : 'none' }
}
