// Holds what a cell did against what it is expected to do. An expected failure that passes is a miss as well: the list may only shrink.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { SuiteRun } from './suite.ts'

/** By cell, by scenario: why it fails. */
const expectedSchema = z.record(z.string(), z.record(z.string(), z.string().min(1)))

export const expectedFailures = (file = resolve(import.meta.dirname, 'expected-failures.json')): z.infer<typeof expectedSchema> =>
  expectedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))

export interface Row {
  readonly cell: string
  /** Of the scenarios that count. */
  readonly passed: number
  readonly scenarios: number
  /** What makes the run fail. */
  readonly misses: readonly string[]
  /** Checks that failed, by scenario. */
  readonly failing: Readonly<Record<string, readonly string[]>>
  /** Scenarios that the revision does not require (extensions, later additions) and that fail: shown, never a miss. */
  readonly alsoFailing: readonly string[]
  readonly warnings: Readonly<Record<string, readonly string[]>>
}

export interface Expectation {
  readonly cell: string
  readonly required: { readonly scenarios: readonly string[]; readonly all: boolean }
  readonly listed: Readonly<Record<string, string>>
  /** The one scenario that was run, or null. */
  readonly scenario: string | null
}

const misses = (run: SuiteRun, failing: readonly string[], { listed, required, scenario }: Expectation): readonly string[] => {
  const ran = run.results.map(result => result.scenario)
  if (ran.length === 0) return ['the suite ran nothing']
  const unexpected = failing.filter(name => listed[name] === undefined).map(name => `${name} fails`)
  if (scenario !== null) return unexpected
  const missing = required.all ? required.scenarios.filter(name => !ran.includes(name)).map(name => `${name} did not run`) : []
  const stale = Object.keys(listed).filter(name => !failing.includes(name)).map(name => `${name} no longer fails: take it off the list`)
  const disagreement = run.clean !== null && run.clean !== (failing.length === 0) ? ['the suite\'s own verdict is another one'] : []
  return [...missing, ...unexpected, ...stale, ...disagreement]
}

export const judge = (run: SuiteRun, expectation: Expectation): Row => {
  const counts = (name: string): boolean => expectation.scenario !== null || expectation.required.scenarios.includes(name)
  const scored = run.results.filter(({ scenario }) => counts(scenario))
  const failing = scored.filter(result => result.failures.length > 0)
  return {
    cell: expectation.cell, passed: scored.length - failing.length, scenarios: scored.length,
    misses: misses(run, failing.map(({ scenario }) => scenario), expectation),
    failing: Object.fromEntries(failing.map(({ scenario, failures }) => [scenario, failures])),
    alsoFailing: run.results.filter(result => !counts(result.scenario) && result.failures.length > 0).map(({ scenario }) => scenario),
    warnings: Object.fromEntries(scored.filter(result => result.warnings.length > 0).map(({ scenario, warnings }) => [scenario, warnings])),
  }
}
