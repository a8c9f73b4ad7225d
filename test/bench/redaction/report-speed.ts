// The figures of speed, restoring and streamed answers as Markdown, each with what issue 6 asks for.
import type { StreamRow, StreamTable } from '../stream/streams.ts'
import type { Leaks } from './answer-leaks.ts'
import { table } from './report-quality.ts'
import type { Restoration } from './restoration.ts'
import type { Turn } from './resending.ts'
import type { LongPrompt, Throughput } from './scan-speed.ts'

export interface Speed {
  readonly throughput: readonly Throughput[]
  readonly turns: readonly Turn[]
  readonly longPrompt: LongPrompt
  readonly restoration: Restoration
  readonly leaks: Leaks
  /** The machine had more to do than it has cores, so that what passes between processes tells nothing. */
  readonly busy: boolean
  /** Null: it could not be measured, and why is in `missing`. */
  readonly stream: StreamTable | null
  readonly missing: readonly string[]
}

const met = (isMet: boolean): string => isMet ? 'met' : 'missed'
const fixed = (value: number, digits: number): string => Number.isFinite(value) ? value.toFixed(digits) : '–'

const leastMbPerS = 50
const mostLongMs = 120
const mostGapMs = 0.2

const throughputText = (rows: readonly Throughput[]): string => [
  '### Throughput of detection', '', table(['texts of 16 KiB', 'clean, MB/s', 'a value every 2 KiB, MB/s', `aim: ${leastMbPerS}`],
    rows.map(({ cleanMbPerS, heldMbPerS, sort }) => [sort, fixed(cleanMbPerS, 1), fixed(heldMbPerS, 1), met(Math.min(cleanMbPerS, heldMbPerS) >= leastMbPerS)])), '',
  'Processor time of one thread, texts that were never seen before, every rule at work. JSON is scanned as text here, as in a tool\'s result that is a string.', '',
].join('\n')

const turnsText = (turns: readonly Turn[]): string => [
  '### A conversation of 1 MB that is sent again each turn', '',
  table(['turn', 'body, KB', 'reading, ms', 'looking, ms', 'labels of text, ms', 'hiding, ms', 'other, ms', 'all, ms', 'all with nothing remembered, ms'],
    turns.map(({ anewMs, bytes, classifyMs, hideMs, labelsMs, otherMs, readMs, turn }) =>
      [String(turn), fixed(bytes / 1000, 0), ...[readMs, classifyMs, labelsMs, hideMs, otherMs, readMs + classifyMs + labelsMs + hideMs + otherMs].map(ms => fixed(ms, 2)), fixed(anewMs, 1)])), '',
  'Each turn adds one message of 2 KB with a new value in it. The first turn sees everything for the first time. Later ones compare the others byte for byte with what was sent last and do nothing else with them, but for looking for the new value in them; bytes that leave are copied. Other: what deciding and routing ask of the request, and the digest for the audit. Sockets are not in it.', '',
].join('\n')

const longText = ({ characters, classifyMs, readMs }: LongPrompt): string => [
  '### The longest prompt', '',
  `${(characters / 4e6).toFixed(1)} million tokens (${characters} characters of prose, a value every 2 KiB) in one message that was never seen before: ${fixed(classifyMs, 0)} ms of one core to look into it (aim: under ${mostLongMs}, ${met(classifyMs < mostLongMs)}), and ${fixed(readMs, 0)} ms to read the JSON.`, '',
].join('\n')

const gapRow = (row: StreamRow, rows: readonly StreamRow[]): string[] => {
  const direct = rows.find(({ subject }) => subject === row.subject.direct)
  if (direct === undefined) return [`${row.subject.label} (its own values)`, fixed(row.chunkP50Ms, 3), fixed(row.chunkP99Ms, 2), fixed(row.delayP50Ms, 2), fixed(row.firstP50Ms, 2), '']
  return [row.subject.label, fixed(row.chunkP50Ms - direct.chunkP50Ms, 3), fixed(row.chunkP99Ms - direct.chunkP99Ms, 2), fixed(row.delayP50Ms - direct.delayP50Ms, 2), fixed(row.firstP50Ms - direct.firstP50Ms, 2), fixed(row.cpuUs, 0)]
}

/** What protection adds to a gateway that has nothing to do: that row is the first behind the provider's own. */
const protectionAdds = (rows: readonly StreamRow[]): string => {
  const [, idle, ...others] = rows
  return others.map(row => {
    const added = row.chunkP50Ms - (idle?.chunkP50Ms ?? Number.NaN)
    return `${row.subject.label} ${fixed(added, 3)} ms (aim: at most ${mostGapMs}, ${met(added <= mostGapMs)})`
  }).join('; ')
}

const streamText = ({ rows, title }: StreamTable): string => [
  '### Chunks of a stream', '', `${title}, through a real gateway: what is added to the provider's own.`, '',
  table(['', 'chunk, p50 ms', 'chunk, p99 ms', 'text of a delta, p50 ms', 'first delta, p50 ms', 'CPU µs per delta'], rows.map(row => gapRow(row, rows))), '',
  `A chunk: from a write of the provider to what the reader hears because of it. Beside a gateway that neither hides nor looks, p50: ${protectionAdds(rows)}. Looking at answers holds 64 characters back, here two or three deltas: their text comes later by as many of the provider's pauses of 5 to 15 ms.`, '',
].join('\n')

const restorationText = ({ pushNs, streams, values, wrong }: Restoration): string => [
  '### Restoring', '',
  `${wrong} wrong of ${streams} streams (${values} values) that were cut into pieces of 1 to 8 characters at random, half of them JSON arguments with values that need escapes; ${fixed(pushNs / 1000, 2)} µs a piece. Aim: none wrong, ${met(wrong === 0)}.`, '',
].join('\n')

const leaksText = ({ answers, leaked, pushNs, same, values }: Leaks): string => [
  '### Streamed answers', '',
  `${leaked} of ${values} values that a scan of the whole answer finds were told by the stream, in ${answers} answers cut into pieces of 1 to 8 characters at random, with 64 characters held back; ${same} answers came out exactly as the whole-text scan has them; ${fixed(pushNs / 1000, 1)} µs a piece. Aim: none, ${met(leaked === 0)}.`, '',
].join('\n')

const busyText = 'The machine was busy with other things when this began: times that pass (turns, chunks of a stream, pieces) are not to be relied on. Throughput and the longest prompt are processor time.'

export const speedText = ({ busy, leaks, longPrompt, missing, restoration, stream, throughput, turns }: Speed): string => [
  '## What it costs', '', ...busy ? [`**${busyText}**`, ''] : [], ...missing.length === 0 ? [] : [`Not measured: ${missing.join('; ')}.`, ''],
  throughputText(throughput), turnsText(turns), longText(longPrompt), ...stream === null ? [] : [streamText(stream)], '## What must not go wrong', '', restorationText(restoration), leaksText(leaks),
].join('\n')
