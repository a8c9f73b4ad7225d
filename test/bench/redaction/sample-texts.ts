// Texts to measure speed with: prose, code and JSON of our own, as clean as most texts are or with a value now and then.
import { generators } from './generated-values.ts'
import type { Random } from './random.ts'

export type Sort = 'prose' | 'code' | 'JSON'

const words = `the of and a to in is was for on with that as by at from are be this have an or not which one had were all their there been
would more when who will no if out so said what up its about into than them can only other new some could time these two may then do first any my now such
like our over me even most made after also did many before must through back years where much your way well down should because each just those people how too little state
good very make world still own see men work long here get both between life being under never day same another know while last might great old year off come since against
harbour ledger window invoice carrier meeting shipment counter timetable report`.split(/\s+/)

const statements = [
  'const %1 = await %2(%3, { retries: 3, timeout: 250 })', 'if (%1 === null || %1.length > 40) return %2', 'for (const %1 of %2.values()) %3.push(%1.%2)', '// the %1 has to be %2 before the %3 is read',
  'export const %1 = (%2: string): number => %2.split(\' \').length', 'assert.equal(%1.status, 200, `the %2 answered`)', 'return { %1, %2: %3 ?? 0 }', 'import { %1, %2 } from \'./%3.ts\'', '}',
] as const

const scored = Object.keys(generators)
const value = (random: Random): string => generators[random.pick(scored)]?.(random) ?? ''

const sentence = (random: Random): string => {
  const text = Array.from({ length: 6 + random.below(14) }, () => random.pick(words)).join(' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${random.pick(['.', '.', '.', '?', ';', ', number 12.'])} `
}

const statement = (random: Random): string => {
  const names = [random.pick(words), random.pick(words), random.pick(words)]
  return `${' '.repeat(2 * random.below(4))}${random.pick(statements).replaceAll(/%([123])/g, (_, at) => names[Number(at) - 1] ?? '')}\n`
}

const record = (random: Random, held: string | null): string => JSON.stringify({
  id: random.below(1e6), name: `${random.pick(words)}-${random.pick(words)}`, status: random.pick(['open', 'done']), weight: random.below(1e4) / 100, note: held ?? sentence(random), tags: [random.pick(words), random.pick(words)],
})

/** @param every characters between two values; null: none at all */
export const sampleText = (sort: Sort, length: number, random: Random, every: number | null): string => {
  const parts: string[] = []
  let size = 0
  let next = every === null ? Infinity : random.below(every)
  while (size < length) {
    const held = size >= next ? value(random) : null
    if (held !== null) next = size + (every ?? 0)
    const part = sort === 'JSON' ? `${record(random, held)},\n` : `${sort === 'prose' ? sentence(random) : statement(random)}${held === null ? '' : `${held} `}`
    parts.push(part)
    size += part.length
  }
  return parts.join('').slice(0, length)
}
