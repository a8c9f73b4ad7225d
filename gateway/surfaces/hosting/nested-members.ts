// Members deep inside an Anthropic request that only its own service knows: clouds refuse the whole request for one ("Extra inputs are not
// permitted"), and clients that believe to speak to Anthropic send them.
import { mentions, type Edit, type JsonDocument, type Span } from '../../exchange/document.ts'
import { isObject } from '../request-fields.ts'
import { memberEdits, type MemberEdits } from './root-members.ts'

interface Nested {
  readonly member: string
  /** The beta that lets it pass, or null: none does. */
  readonly beta: RegExp | null
}

/** Of definitions of tools. */
const ofTools: readonly Nested[] = [
  { member: 'eager_input_streaming', beta: null }, { member: 'allowed_callers', beta: null },
  { member: 'defer_loading', beta: /^(?:tool-search-tool|advanced-tool-use)-/ }, { member: 'input_examples', beta: /^(?:tool-examples|advanced-tool-use)-/ },
]
/** Of marks of what is cached. */
const ofMarks: readonly Nested[] = [{ member: 'scope', beta: /^prompt-caching-scope-/ }]

type Path = readonly (string | number)[]

const unknownOf = (known: readonly Nested[], document: JsonDocument, passed: readonly string[]): readonly string[] =>
  known.filter(({ beta, member }) => mentions(document, `"${member}"`) && !(beta !== null && passed.some(one => beta.test(one)))).map(({ member }) => member)

const elements = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []

/** Every block that may carry a mark, with its place. */
const blocksOf = (body: Readonly<Record<string, unknown>>): readonly (readonly [block: unknown, path: Path])[] => {
  const within = (list: unknown, path: Path): (readonly [unknown, Path])[] => elements(list).flatMap((block, at): (readonly [unknown, Path])[] => {
    const place = [...path, at]
    return [[block, place], ...isObject(block) && Array.isArray(block['content']) ? within(block['content'], [...place, 'content']) : []]
  })
  return [
    ...within(body['tools'], ['tools']), ...within(body['system'], ['system']),
    ...elements(body['messages']).flatMap((message, at) => isObject(message) ? within(message['content'], ['messages', at, 'content']) : []),
  ]
}

const none: NestedChange = { edits: [], isGone: () => false, lost: [] }

export interface NestedChange { readonly edits: readonly Edit[]; readonly isGone: (span: Span) => boolean; readonly lost: readonly string[] }

/** Is a span inside one of these, which do not overlap and are in order? There may be as many of them as a caller likes. */
const inside = (cut: readonly Span[]) => ({ end, start }: Span): boolean => {
  let [from, to] = [0, cut.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((cut[middle]?.end ?? 0) <= start) from = middle + 1
    else to = middle
  }
  const found = cut[from]
  return found !== undefined && found.start <= start && end <= found.end
}

/** The edits that take such members out. @param passed betas that the cloud gets */
export const nestedEdits = (document: JsonDocument, passed: readonly string[]): NestedChange => {
  const inTools = new Set(unknownOf(ofTools, document, passed))
  const inMarks = new Set(unknownOf(ofMarks, document, passed))
  if ((inTools.size === 0 && inMarks.size === 0) || !isObject(document.value)) return none
  const made: MemberEdits[] = []
  const lost = new Set<string>()
  const drop = (value: unknown, members: ReadonlySet<string>, path: Path, as: string): void => {
    const there = isObject(value) ? Object.keys(value).filter(key => members.has(key)) : []
    if (there.length === 0) return
    for (const member of there) lost.add(`${as}.${member}`)
    made.push(memberEdits(document, { drop: members, set: {} }, path))
  }
  for (const [block, path] of blocksOf(document.value)) {
    if (path[0] === 'tools' && path.length === 2) drop(block, inTools, path, 'tools.*')
    if (isObject(block)) drop(block['cache_control'], inMarks, [...path, 'cache_control'], 'cache_control')
  }
  const edits = made.flatMap(one => one.edits).sort((a, b) => a.start - b.start)
  return { edits, isGone: inside(edits), lost: [...lost] }
}
