// Countries and large cities by their names, and places of any name where the sentence says that somebody came from there. Its own walk over the
// capitalised words of a text: names in all alphabets that have capitals, and no trigger for each of six thousand.
import { readFileSync } from 'node:fs'
import type { Finding } from '../../exchange/finding.ts'
import { countryNames } from '../detectors/identity/countries.ts'

const citiesFile = new URL('cities.txt', import.meta.url)

interface Place { readonly name: string; readonly isCountry: boolean }

/** By the first word, the longest name first. */
type Gazetteer = ReadonlyMap<string, readonly Place[]>

const firstWord = (name: string): string => /^[\p{L}\p{M}’'.-]+/u.exec(name)?.[0] ?? name

/** Countries that are ordinary words or names of persons as often: only where the words before them say that they are places. */
const ambiguous: ReadonlySet<string> = new Set(['Chad', 'Jordan', 'Georgia', 'Jersey', 'Turkey', 'Mali', 'Guinea', 'Niger', 'Cuba', 'Wales', 'Congo', 'UK', 'Malta', 'Washington', 'Virginia', 'Carolina', 'Jackson', 'Austin', 'Houston', 'Lincoln', 'Madison', 'Victoria', 'Santiago', 'Sydney', 'Paris', 'Florence', 'Montana', 'Dakota'])

const read = (): Gazetteer => {
  const byWord = new Map<string, Place[]>()
  const enter = (name: string, isCountry: boolean): void => {
    const word = firstWord(name)
    const places = byWord.get(word)
    if (places === undefined) byWord.set(word, [{ name, isCountry }])
    else places.push({ name, isCountry })
  }
  for (const name of countryNames) enter(name, true)
  for (const line of readFileSync(citiesFile, 'utf8').split('\n')) if (line !== '' && !line.startsWith('#')) enter(line, false)
  for (const places of byWord.values()) places.sort((a, b) => b.name.length - a.name.length)
  return byWord
}

let known: Gazetteer | undefined

/** Read once, kept for the process. @throws where the file of cities is missing */
export const gazetteer = (): Gazetteer => known ??= read()

const capitalised = /(?<![\p{L}\p{M}\d_@/.’'-])\p{Lu}[\p{L}\p{M}’'.-]*/gu
const upperCase = /^[\p{Lu}\p{M}’'.-]{4,}$/u
const title = (word: string): string => word.replaceAll(/(\p{L})([\p{L}\p{M}]*)/gu, (_, first: string, rest: string) => first.toUpperCase() + rest.toLowerCase())

const placing = /(?:^|[^\p{L}])(?:in|from|to|at|near|into|of|via|towards?|around|between|across|leaving|visit(?:ed|ing)?|downtown|southern|northern|eastern|western|central) (?:the )?$/iu
const nameBefore = /\p{Lu}[\p{L}\p{M}’'.-]+ $/u
const nameBehind = /^ \p{Lu}\p{Ll}/u

const confidenceOf = (text: string, start: number, end: number, { isCountry, name }: Place): number => {
  const before = text.slice(Math.max(0, start - 24), start)
  if (placing.test(before) || /\n[ >?|]{0,8}$|, ?$/.test(before)) return 0.65
  if (ambiguous.has(name)) return 0.3
  // "Jack London", "Orlando Bloom": more likely part of another name.
  if (!isCountry && (nameBefore.test(before) || nameBehind.test(text.slice(end, end + 3)))) return 0.3
  return isCountry ? 0.6 : 0.55
}

/** The longest name that stands here. */
const nameAt = (text: string, at: number, word: string): { readonly place: Place; readonly end: number } | null => {
  const bare = word.replace(/(?:['’]s|[.'’-])+$/, '')
  const capitals = upperCase.test(bare)
  for (const place of gazetteer().get(bare) ?? gazetteer().get(word) ?? (capitals ? gazetteer().get(title(bare)) : undefined) ?? []) {
    const { name } = place
    const end = at + name.length
    const written = text.slice(at, end)
    if ((written === name || (capitals && written === name.toUpperCase())) && !/^[\p{L}\p{M}\d_@]|^[.-][\p{L}\d]/u.test(text.slice(end, end + 2))) return { place, end }
  }
  return null
}

const namedPlaces = (text: string, least: number): Finding[] => {
  const found: Finding[] = []
  let behind = 0
  for (const { 0: word, index } of text.matchAll(capitalised)) {
    if (index < behind) continue
    const named = nameAt(text, index, word)
    if (named === null) continue
    behind = named.end
    const confidence = confidenceOf(text, index, named.end, named.place)
    if (confidence >= least) found.push({ kind: 'location', start: index, end: named.end, confidence })
  }
  return found
}

const town = '\\p{Lu}[\\p{L}\\p{M}’\'.-]{1,24}(?: (?:(?:de|del|do|da|la|le|am|an der|on|upon|sur|nad|u|v) )?\\p{Lu}[\\p{L}\\p{M}’\'-]{0,24}){0,3}'
const small = '\\p{Ll}[\\p{L}\\p{M}’\'-]{2,24}(?: \\p{Ll}[\\p{L}\\p{M}’\'-]{2,24}){0,2}'
const spokenForm = new RegExp('(?<![\\p{L}])(?:(?:moved|moving|returned|returning)(?: here| there| back)? (?:from|to)|lives? in|living in|grew up in|born in|based in|originally from|(?:com(?:es?|ing)|came) (?:from|to)|(?:flew|flying) (?:from|to)|travel(?:l?ed|l?ing)? to|citizen of|resident of|native of) '
  + `(?:(${town})|(${small}))`, 'gu')

/** The longest beginning of what is written in small letters that is a place. */
const knownSmall = (words: string): string => {
  for (let end = words.length; end > 0; end = words.lastIndexOf(' ', end - 1)) {
    const name = title(words.slice(0, end))
    if (gazetteer().get(firstWord(name))?.some(place => place.name === name) === true) return words.slice(0, end)
  }
  return ''
}

/** Places whose names nobody knows here, and those that somebody writes without a capital. */
const spokenPlaces = (text: string): Finding[] => Array.from(text.matchAll(spokenForm)).flatMap(({ 0: whole, 1: name, 2: words = '', index }) => {
  const written = name?.replace(/\.$/, '') ?? knownSmall(words)
  const start = index + whole.length - (name ?? words).length
  return written === '' ? [] : [{ kind: 'location', start, end: start + written.length, confidence: 0.5 }]
})

/** @param least findings below this confidence are left out */
export const findPlaces = (text: string, least: number): Finding[] => [...namedPlaces(text, least), ...least <= 0.5 ? spokenPlaces(text) : []]
