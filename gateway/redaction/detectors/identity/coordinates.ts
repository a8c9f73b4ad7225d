// Places on the earth: pairs of decimal degrees, degrees with minutes and seconds, geo: URIs (RFC 5870), and single values under a label.
import type { Rule, Scan } from '../../rule.ts'
import { digitsEnd, isDigit, isLetter, isWordCode } from '../characters.ts'
import { labelOf } from './labels.ts'

const labels = /(?<![a-z])(?:lat|latitude|lon|lng|long|longitude|latlng|lat ?lon|coord|coords|coordinates?|gps|geo|geolocation|location|position|standort|koordinaten?|coordonnées|coordenadas|coordinate|coördinaten)(?![a-z])/

const pair = /^-?(\d{1,2}(?:\.\d{1,10})?)°? ?([NS])?[,;/ ] ?-?(1?\d{1,2}(?:\.\d{1,10})?)°? ?([EWO])?(?![\w.])/
const single = /^-?(\d{1,3}\.\d{2,10})(?![\w.])/
const sexagesimal = /^\d{1,2}° ?\d{1,2}(?:['′’] ?(?:\d{1,2}(?:[.,]\d{1,4})?(?:["″”]|''|′′) ?)?|[.,]\d{1,5}['′’] ?)[NS][,;/ ]{0,2} ?\d{1,3}° ?\d{1,2}(?:['′’] ?(?:\d{1,2}(?:[.,]\d{1,4})?(?:["″”]|''|′′) ?)?|[.,]\d{1,5}['′’] ?)[EWO](?!\w)/

const decimals = (value: string | undefined): number => value?.split('.')[1]?.length ?? 0

const readPair = (scan: Scan, at: number, start: number, near: string): boolean => {
  const match = pair.exec(near)
  if (match === null) return false
  const [whole, latitude, northSouth, longitude, eastWest] = match
  if (Number(latitude) > 90 || Number(longitude) > 180) return false
  const end = at + whole.length
  const fewest = Math.min(decimals(latitude), decimals(longitude))
  if (northSouth !== undefined && eastWest !== undefined) {
    scan.add('coordinates', start, end, fewest > 1 ? 0.9 : 0.6)
    return true
  }
  if (fewest < 2) return false
  const list = /[\d.][,;] ?-?$/.test(scan.text.slice(Math.max(0, at - 5), at)) || /^[,;] ?-?\d/.test(scan.text.slice(end, end + 4))
  const labelled = labels.test(labelOf(scan, start, end))
  // Measurements come in pairs too, and vectors in long rows.
  scan.add('coordinates', start, end, labelled ? 0.88 : list ? 0.1 : fewest > 3 && Number(latitude) > 1 ? 0.45 : 0.2)
  return labelled
}

const isPart = (code: number): boolean => code === 32 || code === 0xB0 || code === 44 || code === 59 || code === 47 || code === 78 || code === 83 || code === 45

/** Does another number follow behind what may stand between two of them? Nearly always none does, and the patterns need not be asked. */
const precedesNumber = (text: string, end: number): boolean => {
  let at = end
  while (at - end < 7 && isPart(text.charCodeAt(at))) at += 1
  return at > end && isDigit(text.charCodeAt(at))
}

/** How the words end that name one half of a pair, as numbers: "latitude", "lng", "Breitengrad". */
const endings: ReadonlySet<number> = new Set(Array.from(['at', 'de', 'on', 'ng', 'ad', 'ud', 'ne'], ([one = '', two = '']) => one.charCodeAt(0) << 8 | two.charCodeAt(0)))

/** Could one of them end directly before a value, with nothing but a few signs between? */
const mayBeNamed = (text: string, start: number): boolean => {
  let end = start
  while (start - end < 8 && !isLetter(text.charCodeAt(end - 1))) end -= 1
  return endings.has((text.charCodeAt(end - 2) | 32) << 8 | text.charCodeAt(end - 1) | 32)
}

const continuesName = (code: number): boolean => isWordCode(code) || code === 46

const inText: Rule = {
  kinds: ['coordinates'], triggers: { numbers: true, numbersAt: [{ before: /^[^\w.]?$/, run: [1, 3], behind: /[.\u0080]/ }] },
  find: (scan, at) => {
    const { text } = scan
    const dot = digitsEnd(text, at, 3)
    const sign = text.charCodeAt(dot)
    if ((sign !== 46 && sign !== 0xB0) || continuesName(text.charCodeAt(at - 1))) return
    if (sign === 46 && !precedesNumber(text, digitsEnd(text, dot + 1)) && !mayBeNamed(text, at)) return
    const start = text[at - 1] === '-' && !/\w/.test(text.charAt(at - 2)) ? at - 1 : at
    if (sign === 0xB0) {
      const match = sexagesimal.exec(text.slice(at, at + 48))
      if (match !== null) scan.add('coordinates', at, at + match[0].length, 0.93)
      else readPair(scan, at, start, text.slice(at, at + 48))
      return
    }
    const near = text.slice(at, at + 48)
    if (readPair(scan, at, start, near)) return
    const one = single.exec(near)
    if (one === null || Number(one[1]) > 180) return
    const end = at + one[0].length
    if (/(?<![a-z])(?:lat|latitude|lon|lng|longitude|breitengrad|längengrad|latitud|longitud|latitudine|longitudine)["'\s:=]{0,6}-?$/.test(text.slice(Math.max(0, at - 24), at).toLowerCase())) scan.add('coordinates', start, end, 0.8)
  },
}

const underKeys: Rule = {
  kinds: ['coordinates'], triggers: { keys: ['lat', 'latitude', 'lon', 'lng', 'longitude', 'latlng', 'coordinates', 'coords', 'gps', 'geo'] },
  find: scan => {
    const near = scan.text.slice(0, 40)
    const match = /^-?\d{1,3}\.\d{2,16}(?:[,; ]{1,2}-?\d{1,3}\.\d{2,16})?$/.exec(near)
    if (match !== null && match[0].length === scan.text.length) scan.add('coordinates', 0, match[0].length, 0.85)
  },
}

const uris: Rule = {
  kinds: ['coordinates'], triggers: { prefixes: ['geo:'] },
  find: (scan, at) => {
    const match = /^geo:-?\d{1,2}(?:\.\d{1,12})?,-?\d{1,3}(?:\.\d{1,12})?(?:,-?\d{1,6}(?:\.\d{1,6})?)?/.exec(scan.text.slice(at, at + 64))
    if (match !== null) scan.add('coordinates', at + 4, at + match[0].length, 0.95)
  },
}

export const coordinates: readonly Rule[] = [inText, underKeys, uris]
