// Reads the redact and restore duties of a decision for one destination. Pure; the strongest action per finding wins.
import { redactActions, sensitivities, type Duties, type RedactDuty, type RestoreDuty, type Sensitivity } from '../../policies/engine/contract.ts'
import { isSecret, type EntityKind } from '../exchange/kinds.ts'
import type { Treatment } from '../redaction/rewrite-plan.ts'

/** What lifts a duty. */
export interface Destination {
  readonly local: boolean
  /** Id of a model provider; null for what is none. */
  readonly provider: string | null
  /** Highest sensitivity of data that it may receive; null where that does not count. */
  readonly trust: Sensitivity | null
}

/** Callers and MCP servers: policy knows who they are when it decides, so nothing is lifted afterwards. */
export const notAModel: Destination = Object.freeze({ local: false, provider: null, trust: null })

const rank = (trust: Sensitivity): number => sensitivities.indexOf(trust)

const isLifted = ({ unless_local, unless_providers, unless_trust }: RedactDuty, { local, provider, trust }: Destination): boolean =>
  (unless_local && local)
  || (provider !== null && unless_providers?.includes(provider) === true)
  || (trust !== null && unless_trust !== undefined && rank(trust) >= rank(unless_trust))

const families = { 'own': 'own:*', 'own-secret': 'own-secret:*' } as const

/** Does a list of kinds hold this one, by its name or as one of the operator's own? */
export const holdsKind = (kinds: readonly string[], kind: EntityKind): boolean => {
  if (kinds.includes(kind)) return true
  const family = kind.includes(':') ? families[kind.slice(0, kind.indexOf(':')) as keyof typeof families] : undefined
  return family !== undefined && kinds.includes(family)
}

const treatmentOf = ({ action, form }: RedactDuty): Treatment => action === 'pseudonymise' && form === 'surrogate' ? 'surrogate' : action

/** A surrogate says more than a placeholder: what a value of its kind looks like. */
const strength = (treatment: Treatment): number => treatment === 'surrogate' ? redactActions.indexOf('pseudonymise') - 0.5 : redactActions.indexOf(treatment)

interface Step { readonly from: number; readonly treatment: Treatment }

/** What to do with a finding on the way to a destination. Kinds that no duty names are left alone. Without a confidence the finding counts as sure. */
export const actionFor = (duties: Duties, to: Destination): ((kind: EntityKind, confidence?: number) => Treatment) => {
  const binding = duties.redact.filter(duty => !isLifted(duty, to))
  const known = new Map<EntityKind, readonly Step[]>()
  // Strongest first: the first that the finding is sure enough for is the one.
  const stepsOf = (kind: EntityKind): readonly Step[] => binding.filter(({ kinds }) => holdsKind(kinds, kind))
    .map(duty => ({ from: duty.min_confidence ?? 0, treatment: treatmentOf(duty) })).sort((a, b) => strength(b.treatment) - strength(a.treatment))
  return (kind, confidence = 1) => {
    let steps = known.get(kind)
    if (steps === undefined) known.set(kind, steps = stepsOf(kind))
    return steps.find(({ from }) => confidence >= from)?.treatment ?? 'allow'
  }
}

/** The duties that bind for a destination, as a text: equal for those where `actionFor` says the same of every finding. */
export const bindingText = (duties: Duties, to: Destination): string => JSON.stringify(duties.redact.filter(duty => !isLifted(duty, to)))

/** True where some duty could change what is sent to this destination. */
export const hasRedaction = (duties: Duties, to: Destination): boolean =>
  duties.redact.some(duty => duty.action !== 'allow' && !isLifted(duty, to))

/** True where texts for this destination may have to be rewritten by a local model first. */
export const asksForRephrasing = (duties: Duties, to: Destination): boolean =>
  duties.redact.some(duty => duty.action === 'rephrase' && !isLifted(duty, to))

/** True where providers of one class (local or not) can differ in what they get. */
export const dependsOnProvider = (duties: Duties): boolean =>
  duties.redact.some(({ unless_providers, unless_trust }) => unless_providers !== undefined || unless_trust !== undefined)

/** Where a real value would be put: the agent's answer, or an argument of a tool. */
export type Sink =
  | { readonly at: 'client' }
  | { readonly at: 'tool'; readonly server: string; readonly tool: string | null; /** Null for what is beside the arguments: no pointer names it. */ readonly path: readonly (string | number)[] | null }

export const client: Sink = Object.freeze({ at: 'client' })

/** Is this place below the arguments the one that a pointer names? `*` is any one step, a last `**` any rest. */
export const isAt = (path: readonly (string | number)[], pointer: string): boolean => {
  const steps = pointer.split('/').slice(1)
  const open = steps.at(-1) === '**'
  if (open ? path.length < steps.length - 1 : path.length !== steps.length) return false
  return (open ? steps.slice(0, -1) : steps).every((step, index) => step === '*' || step.replaceAll('~1', '/').replaceAll('~0', '~') === String(path[index]))
}

const opens = ({ kinds, paths, sinks }: RestoreDuty, kind: EntityKind, sink: Sink): boolean => {
  if (!holdsKind(kinds, kind)) return false
  if (sink.at === 'client') return paths === undefined && sinks.includes('client')
  const { server, tool, path } = sink
  const isNamed = tool !== null && sinks.includes(`tool:${server}/${tool}`)
  // Whatever a policy grants in general, a secret comes back only where somebody named the tool and the place.
  if (isSecret(kind) && (!isNamed || paths === undefined)) return false
  if (!isNamed && !sinks.includes(`tool:${server}`)) return false
  return paths === undefined || (path !== null && paths.some(pointer => isAt(path, pointer)))
}

/** May a pseudonym of this kind become the real value at this place? Silence means no, and secrets never come back in what the client reads. */
export const mayRestore = (duties: Duties, sink: Sink) => (kind: EntityKind): boolean =>
  !(sink.at === 'client' && isSecret(kind)) && duties.restore.some(duty => opens(duty, kind, sink))

/** Could any pseudonym become a value in arguments of a tool? Then whatever looks like one on its way to the caller has to be told apart. */
export const restoresAtTools = (duties: Duties): boolean => duties.restore.some(({ sinks }) => sinks.some(sink => sink.startsWith('tool:')))
