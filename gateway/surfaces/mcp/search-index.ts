// Finds tools by what they are called and what they say they do: BM25 over weighted words, no model and no network. Built once per catalog;
// a search is linear in the number of words asked for and the tools that have them.

/** What is known of one tool. */
export interface Searchable {
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Saturation and length correction of BM25 (Robertson and Zaragoza, 2009). */
const saturation = 1.2
const lengthCorrection = 0.75
const weights = { name: 4, title: 3, description: 1, parameter: 1 } as const
const longestText = 4096
const longestQuery = 512
const mostWords = 32

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Words in lower case, parts of camelCase and snake_case names each for themselves, simple plurals as singulars. */
export const wordsOf = (text: string): string[] =>
  (text.slice(0, longestText).replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    .map(word => word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word)

const textsOf = ({ name, value }: Searchable): (readonly [string, number])[] => {
  const text = (found: unknown): string => typeof found === 'string' ? found : ''
  const schema = value['inputSchema']
  const properties = isRecord(schema) && isRecord(schema['properties']) ? Object.entries(schema['properties']) : []
  return [
    [name, weights.name], [text(value['title']), weights.title], [text(value['description']), weights.description],
    ...properties.slice(0, 64).map(([parameter, about]) => [`${parameter} ${isRecord(about) ? text(about['description']) : ''}`, weights.parameter] as const),
  ]
}

interface Posting { readonly at: number; readonly weight: number }

export class SearchIndex {
  readonly #postings = new Map<string, Posting[]>()
  readonly #lengths: number[] = []
  #average = 1

  constructor(tools: readonly Searchable[]) {
    tools.forEach((tool, at) => { this.#lengths.push(this.#add(tool, at)) })
    if (tools.length > 0) this.#average = this.#lengths.reduce((sum, length) => sum + length, 0) / tools.length
  }

  /** Places of the tools that have any of the words, best first; equals in the order of the list. */
  find(query: string): number[] {
    const scores = new Map<number, number>()
    for (const word of [...new Set(wordsOf(query.slice(0, longestQuery)))].slice(0, mostWords)) {
      const postings = this.#postings.get(word) ?? []
      const rarity = Math.log(1 + (this.#lengths.length - postings.length + 0.5) / (postings.length + 0.5))
      for (const { at, weight } of postings) {
        const share = 1 - lengthCorrection + lengthCorrection * (this.#lengths[at] ?? 0) / this.#average
        scores.set(at, (scores.get(at) ?? 0) + rarity * weight * (saturation + 1) / (weight + saturation * share))
      }
    }
    return [...scores].sort(([a, scoreOfA], [b, scoreOfB]) => scoreOfB - scoreOfA || a - b).map(([at]) => at)
  }

  #add(tool: Searchable, at: number): number {
    const found = new Map<string, number>()
    let length = 0
    for (const [text, weight] of textsOf(tool)) {
      for (const word of wordsOf(text)) {
        found.set(word, (found.get(word) ?? 0) + weight)
        length += weight
      }
    }
    for (const [word, weight] of found) {
      const postings = this.#postings.get(word)
      if (postings === undefined) this.#postings.set(word, [{ at, weight }])
      else postings.push({ at, weight })
    }
    return length
  }
}
