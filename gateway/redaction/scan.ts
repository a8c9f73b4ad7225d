// One pass over a text that asks every rule where its triggers are. The pass itself (pass/) only says where that is; what follows is the rules' own work.
import type { EntityKind } from '../exchange/kinds.ts'
import type { Finding } from '../exchange/finding.ts'
import { isLetterOrDigit } from './detectors/characters.ts'
import { Dispatch } from './dispatch.ts'
import { wordsOfKey } from './key-words.ts'
import { memberGroup, numberGroup, pieceLength, runGroup } from './pass/layout.ts'
import { groupOf, keepTables, KnownKeys, placeOf, Space } from './pass/pass.ts'
import type { Asked } from './pass/tables.ts'
import type { Rule, Scan } from './rule.ts'

export { wordsOfKey }

const labelLength = 40

class OneScan implements Scan {
  readonly text: string
  readonly key: string | null
  readonly found: Finding[] = []
  isDoubtful = false
  readonly keyWords: string
  readonly #least: number

  constructor(text: string, key: string | null, keyWords: string, least: number) {
    this.text = text
    this.key = key
    this.keyWords = keyWords
    this.#least = least
  }

  labelBefore(at: number): string {
    const near = this.text.slice(Math.max(0, at - labelLength), at).toLowerCase()
    const line = near.lastIndexOf('\n')
    const above = line < 1 ? -1 : near.lastIndexOf('\n', line - 1)
    const lines = above === -1 ? near : near.slice(above + 1)
    return this.keyWords === '' ? lines : `${lines} ${this.keyWords}`
  }

  doubt(): void { this.isDoubtful = true }

  add(kind: EntityKind, start: number, end: number, confidence: number): void {
    if (confidence < this.#least || end <= start) return
    // Rules that are asked at neighbouring places report the same thing one after the other.
    const last = this.found.at(-1)
    if (last !== undefined && last.start === start && last.end === end && last.kind === kind && last.confidence >= confidence) return
    this.found.push({ kind, start, end, confidence })
  }
}

export interface Look {
  /** What the rules say of a text, in no order and with overlaps. */
  readonly found: readonly Finding[]
  /** May it read differently from how it is written? Where it is not ASCII, or a rule said so. */
  readonly isDoubtful: boolean
}

export interface Scanner {
  /** @param least findings below this confidence are left out */
  look(text: string, key: string | null, least: number): Look
  /** What `look` finds. */
  find(text: string, key: string | null, least: number): readonly Finding[]
  /** Is there a rule that this key says something to? */
  knowsKey(key: string): boolean
}

/** A run of letters and digits of which so many were seen; how long it is, the rules that ask for more look themselves. */
const askRuns = (dispatch: Dispatch, scan: OneScan, start: number): void => {
  let end = start + dispatch.shortestRun
  while (isLetterOrDigit(scan.text.charCodeAt(end))) end += 1
  for (const { rule, length } of dispatch.runs) if (end - start >= length) rule.find(scan, start)
}

/** @param places a bit for each that the number is at */
const askNumbers = ({ places: rules }: Dispatch, scan: OneScan, at: number, places: number): void => {
  let last: Rule | undefined
  for (let rest = places; rest !== 0; rest &= rest - 1) {
    const rule = rules[31 - Math.clz32(rest & -rest)] as Rule
    if (rule !== last) rule.find(scan, at)
    last = rule
  }
}

const askGroup = (asked: readonly Asked[], scan: OneScan, at: number): void => {
  for (const { rule, text } of asked) if (text === null || scan.text.startsWith(text, at)) rule.find(scan, at)
}

/** Rules as the pass asks them. */
interface Prepared { readonly dispatch: Dispatch; readonly tables: number; readonly keys: KnownKeys }

/** @param place where the key that ends here may be remembered, as the event says it */
const rememberKey = ({ dispatch, keys }: Prepared, text: string, end: number, place: number): void => {
  if (place !== 0) keys.remember(place - 1, text.slice(text.lastIndexOf('"', end - 1) + 1, end), dispatch.ignores)
}

const pass = (prepared: Prepared, scan: OneScan, space: Space): void => {
  const { text } = scan
  const { dispatch } = prepared
  for (let from = 0; from < text.length; from += pieceLength) {
    const count = space.pass(text, from, prepared.tables, dispatch.shortestRun)
    for (let index = 0; index < count; index += 1) {
      const event = space.event(index)
      const [group, at] = [groupOf(event), placeOf(event, from)]
      if (group === numberGroup) askNumbers(dispatch, scan, at, space.event(index += 1))
      else if (group === runGroup) askRuns(dispatch, scan, at)
      else askGroup(dispatch.groups[group] as readonly Asked[], scan, at)
      if (group === memberGroup) rememberKey(prepared, text, at, space.event(index += 1))
    }
  }
}

/** Keys of documents are few and come again and again. */
const rememberedKeys = 5000
const longestKey = 100

/** A key in words, and the rules that it says something to. */
interface KnownKey { readonly words: string; readonly rules: readonly Rule[] }
const noKey: KnownKey = { words: '', rules: [] }

/** Spaces that no text is looked at in. */
const free: Space[] = []

/** Joins rules into one pass. @throws Error where a trigger of a rule could never be met */
export const createScanner = (rules: readonly Rule[]): Scanner => {
  const dispatch = new Dispatch(rules)
  const keyed = rules.flatMap(rule => (rule.triggers.keys ?? []).map(key => ({ key: ` ${key} `, rule })))
  const byKey = new Map<string, KnownKey>()
  const tables = keepTables(dispatch.tables)
  const prepared: Prepared = { dispatch, tables, keys: new KnownKeys(tables) }

  const known = (key: string): KnownKey => {
    let found = byKey.get(key)
    if (found === undefined) {
      // A part of a request's text would keep the whole of it in memory: what is remembered is a copy.
      const copy = ` ${key}`.slice(1)
      const words = wordsOfKey(copy)
      const inWords = ` ${words} `
      found = { words, rules: [...new Set(keyed.filter(one => inWords.includes(one.key)).map(({ rule }) => rule))] }
      if (byKey.size >= rememberedKeys) byKey.clear()
      if (key.length <= longestKey) byKey.set(copy, found)
    }
    return found
  }

  const look: Scanner['look'] = (text, key, least) => {
    const { rules: asked, words } = key === null ? noKey : known(key)
    const scan = new OneScan(text, key, words, least)
    for (const rule of asked) rule.find(scan, 0)
    // A rule may look into something with a scanner again, while this one's events are still in use.
    const space = free.pop() ?? new Space()
    try {
      pass(prepared, scan, space)
      if (space.hasBeyond) scan.doubt()
    } finally {
      free.push(space)
    }
    return scan
  }

  return { look, find: (text, key, least) => look(text, key, least).found, knowsKey: key => known(key).rules.length > 0 }
}
