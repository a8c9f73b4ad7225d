// npm run bench -- redaction [DATA] [quick] [--presidio]: what is found, in labelled sets that the developer downloaded and in rows of our own,
// what that costs, and what must not go wrong. Writes results/redaction.md.
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import type { Origin } from '../mcp/report.ts'
import { answersFor, measureLeaks } from './answer-leaks.ts'
import { openPresidio } from './presidio.ts'
import { qualityText } from './quality.ts'
import { readRedactionData, type RedactionData } from './read-data.ts'
import { speedText, type Speed } from './report-speed.ts'
import { measureRestoration } from './restoration.ts'
import { measureResending } from './resending.ts'
import { measureLongPrompt, measureThroughput } from './scan-speed.ts'
import { measureStreamGap } from './stream-gap.ts'

export interface RedactionBench {
  /** Words of the command line behind "redaction". */
  readonly words: readonly string[]
  /** Empty, for the gateways' files. */
  readonly folder: string
  readonly origin: Omit<Origin, 'method'>
  /** Where the processes run. */
  readonly setting: string
  readonly say: (line: string) => void
}

const usage = 'Usage: npm run bench -- redaction [DATA] [quick] [--presidio]; README ("Figures of detection") says what DATA holds'

const measureSpeed = async ({ folder, say }: RedactionBench, data: RedactionData | null, quick: boolean): Promise<Speed> => {
  const rounds = quick ? 1 : 3
  const missing: string[] = []
  const busy = (loadavg()[0] ?? 0) > availableParallelism()
  say('how fast detection is')
  const [throughput, turns, longPrompt] = [measureThroughput(quick ? 2 : 7), measureResending(rounds), measureLongPrompt(rounds)]
  say('restoring and streamed answers')
  const [restoration, leaks] = [measureRestoration(quick ? 2000 : 20_000), measureLeaks(answersFor(quick ? 500 : 3000, data?.sets ?? []))]
  const stream = await measureStreamGap({ folder, quick, say }).catch((error: unknown) => {
    // Its output names files of this machine: it is for the terminal, not for the report.
    console.error(error)
    missing.push('chunks of a stream: the gateways or their provider did not start')
    return null
  })
  return { throughput, turns, longPrompt, restoration, leaks, busy, stream, missing }
}

const readData = (folder: string | undefined): RedactionData | null | string => {
  if (folder === undefined) return null
  const data = readRedactionData(folder)
  return data.sets.length + data.leaky.length === 0 ? `${folder} has none of the files that README ("Figures of detection") lists` : data
}

/** @returns the exit code */
export const runRedactionBench = async (bench: RedactionBench): Promise<number> => {
  const { origin, say, setting, words } = bench
  const [folder, ...more] = words.filter(word => word !== 'quick' && word !== '--presidio')
  if (more.length > 0 || (folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)) {
    console.error(usage)
    return 2
  }
  const data = readData(folder)
  if (typeof data === 'string') {
    console.error(data)
    return 1
  }
  const quick = words.includes('quick')
  // First of all, in a process that has done nothing else.
  const speed = await measureSpeed(bench, data, quick)
  say('what is found')
  const quality = await qualityText(data, words.includes('--presidio') ? [await openPresidio()] : [], quick ? 40 : 200)
  const command = origin.command.replace(folder ?? '', folder === undefined ? '' : 'DATA')
  const report = [`# Sensitive data: figures\n\n- Machine: ${origin.machine}\n- Date: ${origin.date}\n- Command: \`${command}\`\n- Method: ${setting}\n`, quality, speedText(speed)].join('\n')
  console.log(report)
  if (speed.missing.length > 0) return 1
  const results = join(import.meta.dirname, '../results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, 'redaction.md'), report)
  return 0
}
