// Which budgets and rates hold for a caller, a session and a model: the configuration's lists and the keys' own, as accounts that stores keep
// sums for. Worked out once per caller; only what is per session or model is made for a call.
import type { BudgetConfig, RateConfig } from '../../registry/budget.ts'
import { matchesAny } from '../../router/glob.ts'
import { noLimits, type Budget, type Limits, type Rate } from '../exchange/limits.ts'
import type { Principal } from '../exchange/principal.ts'
import type { SessionKeys } from '../exchange/session.ts'
import type { Config } from './schema.ts'

/** @param models candidates that may answer, or the one that is tried */
export type LimitsOf = (principal: Principal, keys: SessionKeys, models: readonly string[]) => Limits

type Rule = Pick<BudgetConfig, 'name' | 'of' | 'each'>

/** Whose a sum is: its name to people, and what it is kept under. */
interface Whose { readonly scope: string; readonly account: string }

const fits = (globs: readonly string[] | null, ...values: readonly string[]): boolean => globs === null || values.some(value => matchesAny(globs, value))

const isOf = ({ of }: Rule, { subject, agent, key }: Principal): boolean =>
  fits(of.tenants, subject.tenant) && fits(of.groups, ...subject.groups) && fits(of.subjects, subject.id) && fits(of.keys, key) && fits(of.agents, agent.id)

const isOfModel = ({ of, each }: Rule): boolean => of.models !== null || each === 'model'

const within = (tenant: string, kind: string, id: string): Whose => ({ scope: `${kind}:${id}`, account: `${kind}/${tenant}/${id}` })

const whose = (rule: Rule, { subject, agent, key }: Principal, { session }: SessionKeys, models: readonly string[]): Whose[] => {
  const { tenant } = subject
  switch (rule.each) {
    case null: return [{ scope: 'shared', account: 'shared' }]
    case 'tenant': return [{ scope: `tenant:${tenant}`, account: `tenant/${tenant}` }]
    case 'group': return subject.groups.filter(group => fits(rule.of.groups, group)).map(group => within(tenant, 'group', group))
    case 'subject': return [within(tenant, 'subject', subject.id)]
    case 'key': return [within(tenant, 'key', key)]
    case 'agent': return [within(tenant, 'agent', agent.id)]
    case 'session': return [{ scope: `session:${session}`, account: `session/${session}` }]
    case 'model': return models.map(model => ({ scope: `model:${model}`, account: `model/${model}` }))
  }
}

/** The colon keeps rules apart from keys, whose own sums are kept under `<tenant>/<key>`. */
const accountOf = (rule: Rule, account: string): string => `:${rule.name}/${account}`

const budgetOf = (rule: BudgetConfig, { scope, account }: Whose, sessionTtlMs: number): Budget => ({
  name: rule.name, scope, account: accountOf(rule, account), limitUsd: rule.limit_usd, limitTokens: rule.limit_tokens, window: rule.window,
  warnAt: rule.warn_at.toSorted((a, b) => a - b), ofModel: isOfModel(rule), idleMs: rule.each === 'session' ? sessionTtlMs : null,
})

const rateOf = (rule: RateConfig, { scope, account }: Whose): Rate => ({
  name: rule.name, scope, account: accountOf(rule, account), requestsPerMinute: rule.requests_per_minute, tokensPerMinute: rule.tokens_per_minute, ofModel: isOfModel(rule),
})

const warnAtDefault = Object.freeze([50, 80, 100])

/** What stands at the key itself. */
const ownOf = (config: Config): ((principal: Principal) => Limits) => {
  const keys = new Map(config.keys.map(key => [key.name, key]))
  return ({ key: name, subject: { tenant } }) => {
    const key = keys.get(name)
    const scope = `key:${name}`
    const account = `${tenant}/${name}`
    const budgets: Budget[] = key?.budget == null ? [] : [{
      name: 'key', scope, account, limitUsd: key.budget.limit_usd, limitTokens: key.budget.limit_tokens, window: key.budget.window, warnAt: warnAtDefault, ofModel: false, idleMs: null,
    }]
    // Requests a minute are counted by admit, before a body is read; where replicas share state they are counted together as well.
    const requestsPerMinute = config.state.redis === null ? null : key?.limits?.requests_per_minute ?? null
    const tokensPerMinute = key?.limits?.tokens_per_minute ?? null
    const rates: Rate[] = requestsPerMinute === null && tokensPerMinute === null ? [] : [{ name: 'key', scope, account, requestsPerMinute, tokensPerMinute, ofModel: false }]
    return { budgets, rates }
  }
}

const isFixed = (rule: Rule): boolean => !isOfModel(rule) && rule.each !== 'session'

/** Resolves limits for one generation of the configuration. */
export const limitsOf = (config: Config): LimitsOf => {
  const sessionTtlMs = config.sessions.ttl_s * 1000
  const own = ownOf(config)
  const nobody: SessionKeys = { session: '', agent: '', subject: '' }
  const fixed = new WeakMap<Principal, Limits>()
  const moving = { budgets: config.budgets.filter(rule => !isFixed(rule)), rates: config.rates.filter(rule => !isFixed(rule)) }
  const made = (rules: { readonly budgets: readonly BudgetConfig[]; readonly rates: readonly RateConfig[] }, principal: Principal, keys: SessionKeys, models: readonly string[]): Limits => {
    const of = (rule: Rule): Whose[] => {
      const fitting = rule.of.models === null ? models : models.filter(model => fits(rule.of.models, model))
      return !isOf(rule, principal) || (isOfModel(rule) && fitting.length === 0) ? [] : whose(rule, principal, keys, fitting)
    }
    return { budgets: rules.budgets.flatMap(rule => of(rule).map(one => budgetOf(rule, one, sessionTtlMs))), rates: rules.rates.flatMap(rule => of(rule).map(one => rateOf(rule, one))) }
  }
  const fixedFor = (principal: Principal): Limits => {
    const known = fixed.get(principal)
    if (known !== undefined) return known
    const mine = own(principal)
    const listed = made({ budgets: config.budgets.filter(isFixed), rates: config.rates.filter(isFixed) }, principal, nobody, [])
    const all = { budgets: [...mine.budgets, ...listed.budgets], rates: [...mine.rates, ...listed.rates] }
    const limits = all.budgets.length + all.rates.length === 0 ? noLimits : Object.freeze(all)
    fixed.set(principal, limits)
    return limits
  }
  if (moving.budgets.length + moving.rates.length === 0) return fixedFor
  return (principal, keys, models) => {
    const still = fixedFor(principal)
    const more = made(moving, principal, keys, models)
    return { budgets: [...still.budgets, ...more.budgets], rates: [...still.rates, ...more.rates] }
  }
}
