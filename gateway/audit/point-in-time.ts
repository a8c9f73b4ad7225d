// Points in time as operators write them.

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Milliseconds since the epoch.
 * @param text an ISO 8601 time, or an age such as `24h` or `7d`, counted back from `nowMs`
 * @throws Error that names the option
 */
export const pointInTime = (option: string, text: string, nowMs: number): number => {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? []
  const ageMs = unitMs[unit ?? '']
  // Date.parse alone makes a date of nearly everything that has a digit.
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN
  const at = ageMs === undefined ? time : nowMs - Number(amount) * ageMs
  if (Number.isNaN(at)) throw new Error(`${option} is neither a time (2026-01-31T00:00:00Z) nor an age (90m, 24h, 7d): ${text}`)
  return at
}
