// What policy wants to be labelled, as it is put on a session, and on the agent or subject where it outlasts one.
import type { Duties } from '../../policies/engine/contract.ts'
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'
import type { LastingLabel, SessionChange, SessionState } from '../exchange/session.ts'

/** Labels of the duties; the same object where there are none. */
export const dutyLabels = ({ label }: Pick<Duties, 'label'>): Labels =>
  label.length === 0 ? noLabels : joinLabels(noLabels, { labels: label.map(one => typeof one === 'string' ? one : one.label), sensitivity: 'public' })

const lastingOf = ({ label }: Pick<Duties, 'label'>): readonly LastingLabel[] =>
  label.flatMap(one => typeof one === 'string' ? [] : [{ label: one.label, of: one.of, forMs: one.outlasts_s * 1000 }])

/**
 * What has to be kept because of a decision, or null.
 * @param labels of what was decided; `inherited`: what the session was given and does not hold by itself yet
 */
export const labelChange = (session: SessionState, labels: Labels, duties: Pick<Duties, 'label'>, inherited: Labels = noLabels): SessionChange | null => {
  const added = joinLabels(joinLabels(labels, dutyLabels(duties)), inherited)
  const lasting = lastingOf(duties)
  if (lasting.length > 0) return { addLabels: added, lasting }
  return inherited === noLabels && joinLabels(session.labels, added) === session.labels ? null : { addLabels: added }
}
