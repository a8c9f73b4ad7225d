// Makes a rule of each row of the table of formats.
import { crc32 } from 'node:zlib'
import type { Rule, Scan } from '../../rule.ts'
import { masks, within } from './alphabets.ts'
import { bodyEnd, stepsOf } from './body.ts'
import { formats, labelledFormats, type Format, type LabelledFormat } from './formats.ts'
import { entropy, isStandIn, isWordy, looksIssued, unrest } from './values.ts'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The six base-62 digits that GitHub and npm put behind the random part of a token: its CRC-32. */
export const checksumOf = (random: string): string => {
  let rest = crc32(random)
  let digits = ''
  for (let place = 0; place < 6; place += 1) {
    digits = base62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

const isIssued = (body: string): boolean => !isStandIn(body) && entropy(body) >= Math.min(3, Math.log2(body.length) * 0.6)

const isOrdinary = (value: string): boolean => isWordy(value) || unrest(value) < (/\d/.test(value) ? 0.12 : 0.3)

const sureness = (value: string, checksum: Format['checksum']): number =>
  checksum === undefined || checksumOf(value.slice(0, -6)) === value.slice(-6) ? 0.97 : 0.9

/** An ordinary word begins like a short prefix, so there the rest has to look random; a long prefix says enough by itself. */
const saysEnough = (prefix: string): boolean => prefix.length >= 7 || (prefix.length >= 4 && /[A-Z0-9].*[_.-]$|[_.]$/.test(prefix))

const contextReach = 120

const hasContext = (scan: Scan, at: number, end: number, context: readonly string[] | undefined): boolean => {
  if (context === undefined) return true
  const near = `${scan.text.slice(Math.max(0, at - contextReach), at)} ${scan.text.slice(end, end + 40)} ${scan.keyWords}`.toLowerCase()
  return context.some(word => near.includes(word))
}

/** "cache-key-<digest>": what a word and a hyphen or an underscore stand before is part of a longer name. */
const continues = (text: string, at: number): boolean =>
  at > 1 && (text[at - 1] === '_' || (text[at - 1] === '-' && within(text.charCodeAt(at - 2), masks.word)))

const prefixRule = (format: Format, written: string): Rule => {
  const { body, kind, context, checksum } = format
  const outside = written.indexOf('|')
  const prefix = written.replace('|', '')
  const steps = stepsOf(body)
  const loose = !saysEnough(prefix)
  return {
    kinds: [kind], triggers: { prefixes: [prefix] },
    find: (scan, at) => {
      const { text } = scan
      if (continues(text, at) && outside === -1) return
      const bodyStart = at + prefix.length
      const end = bodyEnd(text, bodyStart, steps)
      if (end === -1) return
      const value = text.slice(bodyStart, end)
      if (!isIssued(value) || (loose && isOrdinary(value)) || !hasContext(scan, at, end, context)) return
      const alone = !within(text.charCodeAt(end), masks.word)
      if (alone || !loose) scan.add(kind, outside === -1 ? at : bodyStart, end, alone ? sureness(value, checksum) : 0.6)
    },
  }
}

const labelReach = 60
const separators = /^[\w.\- \t'"\]\\]{0,40}?(?:=>|:=|:|=|,)[ \t=>'"\\`]{0,6}/
const announcing = /key|token|secret|pass|auth|cred|hash|sid|pat\b|client|license/i

/** A vendor's name, then a separator, then a value of the length and alphabet that this vendor's secrets have. */
const labelledRule = ({ words, bodies, kind }: LabelledFormat): Rule => {
  const choices = bodies.map(stepsOf)
  return {
    kinds: [kind], triggers: { words },
    find: (scan, at) => {
      const { text } = scan
      const label = separators.exec(text.slice(at, at + labelReach))?.[0]
      if (label === undefined) return
      const start = at + label.length
      for (const steps of choices) {
        const end = bodyEnd(text, start, steps)
        if (end === -1 || within(text.charCodeAt(end), masks.slug) || text[end] === '.') continue
        const value = text.slice(start, end)
        if (isStandIn(value)) return
        const random = looksIssued(value) && unrest(value) >= 0.2
        const numeric = /^\d+$/.test(value)
        if (random || (numeric && announcing.test(label))) scan.add(kind, start, end, random ? announcing.test(label) ? 0.8 : value.length >= 20 ? 0.55 : 0.4 : 0.4)
        return
      }
    },
  }
}

/** One rule for each beginning, so that the pass over the text tells which row is meant. */
export const prefixRules: readonly Rule[] = formats.flatMap(format => format.prefixes.map(prefix => prefixRule(format, prefix)))

export const labelledRules: readonly Rule[] = labelledFormats.map(labelledRule)
