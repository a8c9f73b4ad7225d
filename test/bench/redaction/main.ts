// npm run bench -- redaction [DATA] [quick] [--presidio]: what is found, in labelled sets that the developer downloaded and in rows of our own.
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Origin } from '../mcp/report.ts'
import { qualityText } from './quality.ts'
import { openPresidio } from './presidio.ts'
import { readRedactionData } from './read-data.ts'

export interface RedactionBench {
  /** Words of the command line behind "redaction". */
  readonly words: readonly string[]
  readonly origin: Omit<Origin, 'method'>
  readonly say: (line: string) => void
}

const usage = 'Usage: npm run bench -- redaction [DATA] [quick] [--presidio]; README ("Figures of detection") says what DATA holds'

/** @returns the exit code */
export const runRedactionBench = async ({ origin, say, words }: RedactionBench): Promise<number> => {
  const [folder, ...more] = words.filter(word => word !== 'quick' && word !== '--presidio')
  if (more.length > 0 || (folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)) {
    console.error(usage)
    return 2
  }
  const data = folder === undefined ? null : readRedactionData(folder)
  if (data !== null && data.sets.length + data.leaky.length === 0) {
    console.error(`${folder} has none of the files that README ("Figures of detection") lists`)
    return 1
  }
  say('what is found')
  const quality = await qualityText(data, words.includes('--presidio') ? [await openPresidio()] : [], words.includes('quick') ? 40 : 200)
  const report = [`# Sensitive data: figures\n\n- Machine: ${origin.machine}\n- Date: ${origin.date}\n- Command: \`${origin.command}\`\n`, quality].join('\n')
  console.log(report)
  const results = join(import.meta.dirname, '../results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, 'redaction.md'), report)
  return 0
}
