// Reads the redact and restore duties of a decision for one destination. Pure; the strongest action per kind wins.
import { redactActions, type Duties, type RedactAction } from '../../policies/engine/contract.ts'
import type { EntityKind } from '../exchange/kinds.ts'

const strength = (action: RedactAction): number => redactActions.indexOf(action)

/** What to do with a kind of entity on the way to a destination. Kinds that no duty names are left alone. */
export const actionFor = (duties: Duties, local: boolean) => (kind: EntityKind): RedactAction => {
  let strongest: RedactAction = 'allow'
  for (const duty of duties.redact) {
    if (duty.unless_local && local) continue
    if (duty.kinds.includes(kind) && strength(duty.action) > strength(strongest)) strongest = duty.action
  }
  return strongest
}

/** True where texts for this kind of destination may have to be rewritten by a local model first. */
export const asksForRephrasing = (duties: Duties, local: boolean): boolean =>
  duties.redact.some(duty => !(duty.unless_local && local) && duty.action === 'rephrase')

/** May a pseudonym of this kind become the real value at this sink ("client" or "tool:<server>")? Silence means no. */
export const mayRestore = (duties: Duties, sink: string) => (kind: EntityKind): boolean =>
  duties.restore.some(duty => duty.kinds.includes(kind) && duty.sinks.includes(sink))

/** True where some duty could change what is sent to this kind of destination. */
export const hasRedaction = (duties: Duties, local: boolean): boolean =>
  duties.redact.some(duty => !(duty.unless_local && local) && duty.action !== 'allow')
