// What each pair of dialects has to show. Requests and transcripts are ours, written from the published specifications.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CallerRow, ProviderRow } from './dialects.ts'

export interface Case {
  readonly name: string
  /** `requests/<caller>-<request>.json` */
  readonly request: string
  /** `transcripts/<provider>-<answer>.<extension>`, and `.json` for the answer in one piece. */
  readonly answer: string
  readonly ways: readonly ('whole' | 'stream')[]
  /** The provider refuses with this status, whether a stream was asked for or not. */
  readonly status?: number
  /** The connection breaks after this share of the answer's bytes. */
  readonly cutAt?: number
}

const both = ['whole', 'stream'] as const

export const cases: readonly Case[] = [
  { name: 'text', request: 'text', answer: 'text', ways: both },
  { name: 'tools', request: 'tools', answer: 'tool', ways: both },
  { name: 'parallel tools', request: 'parallel-tools', answer: 'tools', ways: both },
  { name: 'thinking', request: 'thinking', answer: 'thinking', ways: both },
  { name: 'images', request: 'images', answer: 'text', ways: both },
  { name: 'structured output', request: 'structured-output', answer: 'text', ways: both },
  { name: 'refused', request: 'text', answer: 'error', ways: both, status: 429 },
  { name: 'error in the stream', request: 'text', answer: 'error', ways: ['stream'] },
  { name: 'cut', request: 'text', answer: 'text', ways: both, cutAt: 0.6 },
]

/**
 * Cells that cannot be filled, as `caller provider case way`, each with its reason. `*` stands for any. A missing file that is not
 * explained here fails the test.
 */
export const holes: Readonly<Record<string, string>> = {}

const folder = join(import.meta.dirname, '..')

export const requestFile = ({ prefix }: CallerRow, { request }: Case): string => join(folder, 'requests', `${prefix}-${request}.json`)

export const answerFile = ({ prefix, stream }: ProviderRow, { answer, status }: Case, way: 'whole' | 'stream'): string =>
  join(folder, 'transcripts', `${prefix}-${answer}.${way === 'whole' || status !== undefined ? 'json' : stream.extension}`)

const matches = (pattern: string, words: readonly string[]): boolean => pattern.split(' ').every((word, at) => word === '*' || word === words[at]?.replaceAll(' ', '-'))

/** Why a cell is empty; null where it is not, undefined where nobody has said why. */
export const holeOf = (pair: { readonly caller: readonly [string, CallerRow]; readonly provider: readonly [string, ProviderRow] }, one: Case, way: 'whole' | 'stream'): string | null | undefined => {
  const [caller, callerRow] = pair.caller
  const [provider, providerRow] = pair.provider
  if (existsSync(requestFile(callerRow, one)) && existsSync(answerFile(providerRow, one, way))) return null
  return Object.entries(holes).find(([pattern]) => matches(pattern, [caller, provider, one.name, way]))?.[1]
}
