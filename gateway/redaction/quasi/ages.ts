// Ages: numbers that words beside them make years of a life.
import type { Rule, Scan } from '../rule.ts'

/** Behind the number. */
const behind = /^(?:[ -](?:years?|yrs?)[ -]old\b| years? of age\b| ?y\/?o\b| ?y\.o\.|[ -](?:months?|weeks?|days?)[ -]old\b| Jahre alt\b|[ -]jährig| años de edad\b| anni di età\b| jaar oud\b| anos de idade\b)/iu
/** Before it: what is said of persons only, or of persons where nothing else follows. */
const before = /(?:\b(?:aged|age of|age is|age was|age:|ages:?|aged between|im alter von|alter:|edad:?|età:?|leeftijd:?) ?|(?:^|[^\p{L}])(?:âgée? de|âge de) )$/iu
const turning = /\b(?:turn(?:s|ed|ing)?|when (?:he|she|i|we|they) (?:was|were|am|is)|(?:he|she|i) (?:is|was|am)|i'm|he's|she's)(?: just| only| already| now)? $/i
/** What follows an age that nothing else names: the end of the sentence, or a word that begins the next thing. */
const ends = /^(?:$|[,.;!?)"'\n](?!\d)| (?:and|but|when|while|now|today|tomorrow|yesterday|next|this|last|in|on)\b)/i
const united = /^(?:[.,:/]\d|\d|[%°$€£]| ?(?:%|km|kg|cm|mm|m|lbs?|percent|points|minutes|hours|miles)\b|st\b|nd\b|rd\b|th\b)/i

const isAge = (digits: string): boolean => Number(digits) > 0 && Number(digits) <= 120

const inText = (scan: Scan, at: number): void => {
  const { text } = scan
  const digits = /^\d{1,3}(?!\d)/.exec(text.slice(at, at + 4))?.[0]
  if (digits === undefined || !isAge(digits) || /[\p{L}\d.,$€£#/-]/u.test(text.charAt(at - 1))) return
  const end = at + digits.length
  const following = text.slice(end, end + 24)
  if (behind.test(following)) {
    scan.add('age', at, end, 0.8)
    return
  }
  if (united.test(following)) return
  const near = text.slice(Math.max(0, at - 32), at)
  if (before.test(near)) scan.add('age', at, end, 0.7)
  else if (turning.test(near) && ends.test(following)) scan.add('age', at, end, 0.55)
}

export const ages: Rule = {
  kinds: ['age'], triggers: { numbers: true, keys: ['age', 'alter', 'edad', 'idade', 'leeftijd', 'patient age'] },
  find: (scan, at) => {
    if (at === 0 && scan.key !== null && /(?:^| )(?:age|alter|edad|idade|leeftijd)(?: |$)/.test(scan.keyWords) && /^\d{1,3}$/.test(scan.text) && isAge(scan.text)) scan.add('age', 0, scan.text.length, 0.8)
    else inText(scan, at)
  },
}
