// The matrix as the README shows it, read from the golden files.
import { cases, holeOf, type Case } from './cases.ts'
import { goldenText } from './golden.ts'
import { pairs, type Pair } from './run-cell.ts'

const names: Readonly<Record<string, string>> = {
  'openai': 'chat completions', 'openai-responses': 'Responses', 'anthropic': 'Messages', 'gemini': 'Gemini', 'bedrock': 'Bedrock Converse',
}

const lostIn = (golden: string): string[] => [...new Set([...golden.matchAll(/^x-portcullis-lost: (.*)$/gm)].flatMap(([, fields = '']) => fields.split(', ')))]

const cell = (pair: Pair, one: Case): string => {
  const reasons = one.ways.map(way => holeOf(pair, one, way)).filter(reason => reason !== null)
  if (reasons.length > 0) return `– (${reasons[0] ?? 'not written'})`
  const golden = goldenText(pair, one)
  if (golden === null) return '–'
  if (pair.caller[0] === pair.provider[0]) return 'as it is'
  const lost = lostIn(golden)
  // What a text request loses it loses in every case that has the same request.
  return lost.length === 0 || one.status !== undefined || one.cutAt !== undefined || (one.request === 'text' && one.name !== 'text') ? 'said anew' : `said anew, without ${lost.map(field => `\`${field}\``).join(', ')}`
}

const nameOf = (dialect: string): string => names[dialect] ?? dialect

/** Markdown: pairs down, cases across. */
export const matrixTable = (): string => [
  `| caller → provider | ${cases.map(({ name }) => name).join(' | ')} |`,
  `|---|${cases.map(() => '---|').join('')}`,
  ...pairs.map(pair => `| ${nameOf(pair.caller[0])} → ${nameOf(pair.provider[0])} | ${cases.map(one => cell(pair, one)).join(' | ')} |`),
].join('\n')
