// What choosing did over a time: by requested name, strategy and model, with costs, savings and what shadows would have done.
import { sinceMs } from './policy-report.ts'
import { routedOutcomes, type RoutedOutcome } from './route-log.ts'
import { textTable } from './text-table.ts'

export interface RouteRow {
  readonly requested: string
  readonly strategy: string
  readonly chosen: string
  calls: number
  costUsd: number
  baselineUsd: number
  savedUsd: number
  locked: number
  escalated: number
  failedOver: number
  shadowed: number
  disagreed: number
  /** Expected costs of the shadow's choices, and of the real ones beside them. */
  shadowUsd: number
  shadowActualUsd: number
}

const rowOf = (rows: Map<string, RouteRow>, { route, target }: RoutedOutcome, strategy: string): RouteRow => {
  const requested = target.name ?? '-'
  const key = JSON.stringify([requested, strategy, route.chosen])
  let row = rows.get(key)
  if (row === undefined) {
    rows.set(key, row = {
      requested, strategy, chosen: route.chosen, calls: 0, costUsd: 0, baselineUsd: 0, savedUsd: 0, locked: 0, escalated: 0, failedOver: 0, shadowed: 0, disagreed: 0, shadowUsd: 0, shadowActualUsd: 0,
    })
  }
  return row
}

/** @param since ISO time or age @throws where `since` is neither */
export const reportRoutes = async (folder: string, options: { readonly since?: string; readonly nowMs?: number }): Promise<readonly RouteRow[]> => {
  const fromMs = sinceMs(options)
  const rows = new Map<string, RouteRow>()
  for await (const outcome of routedOutcomes(folder, '"plan":')) {
    const { baseline, chosen, plan, saved_usd } = outcome.route
    if (plan === undefined || Date.parse(outcome.time) < fromMs) continue
    const row = rowOf(rows, outcome, plan.strategy)
    row.calls += 1
    row.costUsd += outcome.cost_usd ?? 0
    row.baselineUsd += baseline?.cost_usd ?? 0
    row.savedUsd += saved_usd ?? 0
    row.locked += plan.locked === null ? 0 : 1
    row.escalated += plan.session.escalation >= 0.25 ? 1 : 0
    row.failedOver += chosen === plan.planned ? 0 : 1
    if (plan.shadow === null) continue
    row.shadowed += 1
    row.disagreed += plan.shadow.chosen === plan.planned ? 0 : 1
    row.shadowUsd += plan.shadow.usd
    row.shadowActualUsd += plan.shadow.actual_usd
  }
  return [...rows.values()].sort((a, b) => a.requested.localeCompare(b.requested) || b.calls - a.calls || a.chosen.localeCompare(b.chosen))
}

const usd = (value: number): string => value.toFixed(6)

/** A text table, without a newline at the end. */
export const formatRouteReport = (rows: readonly RouteRow[]): string => {
  if (rows.length === 0) return 'Nothing was routed among several candidates.'
  const total = (of: (row: RouteRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
  const shadowed = total(row => row.shadowed)
  return [
    textTable([
      ['REQUESTED', 'STRATEGY', 'CHOSEN', 'CALLS', 'USD', 'BASELINE', 'SAVED', 'LOCKED', 'ESCALATED', 'FAILED OVER', 'SHADOW DISAGREES'],
      ...rows.map(row => [
        row.requested, row.strategy, row.chosen, row.calls, usd(row.costUsd), usd(row.baselineUsd), usd(row.savedUsd), row.locked, row.escalated, row.failedOver,
        row.shadowed === 0 ? '-' : `${row.disagreed} of ${row.shadowed}`,
      ]),
    ]),
    '', `${total(row => row.calls)} calls, ${usd(total(row => row.costUsd))} USD; the baselines would have cost ${usd(total(row => row.baselineUsd))}, saved ${usd(total(row => row.savedUsd))}`,
    ...shadowed === 0 ? [] : [`shadows: ${total(row => row.disagreed)} of ${shadowed} choices differ; expected ${usd(total(row => row.shadowUsd))} USD in place of ${usd(total(row => row.shadowActualUsd))}`],
  ].join('\n')
}
