// Bank routing and account numbers. They have little shape of their own: what is written beside them, or their JSON key, makes them one.
import type { Rule, Scan } from '../rule.ts'
import { onlyDigits } from './characters.ts'

/** Weights of the checksum of the American Bankers Association. */
const abaWeights = [3, 7, 1, 3, 7, 1, 3, 7, 1]

const isAba = (raw: string): boolean => {
  const digits = onlyDigits(raw)
  if (digits.length !== 9 || !/^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(digits)) return false
  return abaWeights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 10 === 0
}

interface Format {
  readonly kind: 'bank_routing' | 'bank_account'
  /** Behind the label, to the end of the value, which is the first group. */
  readonly inText: RegExp
  /** The words of a key that announce it. */
  readonly inKey: RegExp
  /** The whole of a text under such a key. */
  readonly alone: RegExp
  readonly confidence: (raw: string) => number
}

/** Between label and value: a few words and signs, no other number and no second line of text. */
const usualGap = '[^\\d\\n]{0,32}?\\n?[^\\d\\n]{0,4}?'

interface Words { readonly kind: Format['kind']; readonly words: string; readonly gap?: string }

/** @param shape of the value, without the characters around it */
const format = ({ kind, words, gap = usualGap }: Words, shape: string, confidence: Format['confidence']): Format => ({
  kind, confidence,
  inText: new RegExp(`^(?:${words})(?![a-z])${gap}(?<![\\w.-])(${shape})(?![\\w]|[.-]\\d)`, 'i'),
  inKey: new RegExp(`\\b(?:${words})\\b`),
  alone: new RegExp(`^\\s*(${shape})\\s*$`, 'i'),
})

const routing = (words: string): Words => ({ kind: 'bank_routing', words })
const always = (confidence: number) => (): number => confidence

const accountWords = '(?:bank|checking|savings|current|deposit|beneficiary|giro)[ _-]?(?:accounts?|acct|acc)|(?:account|acct|acc)[ _-]?(?:number|no|num|nr)|kontonummer|konto(?:[ _-]?(?:nr|nummer))?|kto'

const formats: readonly Format[] = [
  format(routing('routing|aba|rtn|transit routing'), '\\d{4}-\\d{4}-\\d|\\d{9}', raw => isAba(raw) ? 0.97 : 0.6),
  format(routing('sort[ _-]?codes?'), '\\d\\d([- ]?)\\d\\d\\2\\d\\d', always(0.93)),
  format(routing('blz|bankleitzahl'), '\\d{3} ?\\d{3} ?\\d\\d', always(0.93)),
  format(routing('bsb'), '\\d{3}[- ]?\\d{3}', always(0.93)),
  format(routing('ifsc'), '[A-Z]{4}0[A-Z\\d]{6}', always(0.95)),
  format(routing('transit'), '\\d{5}-\\d{3}|0\\d{8}', always(0.8)),
  format({ kind: 'bank_account', words: accountWords }, '\\d{6,18}|\\d{2,6}(?:[ -]\\d{2,6}){1,4}', always(0.8)),
  // "account" alone is said of many things: the number has to stand right behind it.
  format({ kind: 'bank_account', words: 'account|acct', gap: '["\' ]{0,2}(?:[:=#]|is)?["\' ]{1,3}' }, '\\d{8,14}', always(0.55)),
]

/** `account_id`, `accountType`: about an account, and not its number. */
const otherwise = /\b(?:id|uuid|type|name|status|count|created|updated|balance|email|user|manager)\b/
const reach = 72

const findBehind = (scan: Scan, at: number): void => {
  const window = scan.text.slice(at, at + reach)
  for (const { kind, inText, confidence } of formats) {
    const match = inText.exec(window)
    if (match === null) continue
    const [whole, raw = ''] = match
    scan.add(kind, at + whole.length - raw.length, at + whole.length, confidence(raw))
  }
}

const findUnderKey = (scan: Scan): void => {
  const { text, keyWords } = scan
  if (text.length > reach || otherwise.test(keyWords)) return
  for (const { kind, inKey, alone, confidence } of formats) {
    const raw = inKey.test(keyWords) ? alone.exec(text)?.[1] : undefined
    if (raw === undefined) continue
    const start = text.indexOf(raw)
    scan.add(kind, start, start + raw.length, confidence(raw))
  }
}

export const bankNumbers: Rule = {
  kinds: ['bank_routing', 'bank_account'],
  triggers: {
    words: ['routing', 'aba', 'rtn', 'sort', 'sortcode', 'blz', 'bankleitzahl', 'bsb', 'ifsc', 'transit', 'bank', 'checking', 'savings', 'current', 'deposit', 'beneficiary', 'giro', 'account', 'acct', 'acc', 'kontonummer', 'konto', 'kto'],
    keys: ['routing', 'aba', 'rtn', 'sort code', 'sortcode', 'blz', 'bankleitzahl', 'bsb', 'ifsc', 'transit', 'account', 'acct', 'acc', 'konto', 'kontonummer', 'kto', 'accountnumber', 'routingnumber'],
  },
  find: (scan, at) => {
    if (at === 0 && scan.key !== null) findUnderKey(scan)
    findBehind(scan, at)
  },
}
