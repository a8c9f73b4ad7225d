// Titles before names, and what somebody works as where a key, a label or the sentence says so.
import type { Rule } from '../rule.ts'

const before = /^(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Rev|Herr|Frau|Mme|Monsieur|Madame|Sra|Sr|Sig)\.?(?= \p{Lu})/u

const titles: Rule = {
  kinds: ['title'], triggers: { words: ['mr', 'mrs', 'ms', 'miss', 'mx', 'dr', 'prof', 'professor', 'sir', 'dame', 'lord', 'lady', 'rev', 'herr', 'frau', 'mme', 'monsieur', 'madame', 'sra', 'sr', 'sig'] },
  find: (scan, at) => {
    const title = before.exec(scan.text.slice(at, at + 14))?.[0]
    if (title !== undefined) scan.add('title', at, at + title.length, 0.55)
  },
}

const occupation = '[\\p{L}-]{3,24}(?: (?:and )?[\\p{L}-]{3,24}){0,4}'
const works = new RegExp(`^(?:work(?:s|ed|ing)?|employed|job|career|serv(?:es|ed|ing)|hired)(?: [\\p{L}]{2,12}){0,4} as (?:an? |(?=\\p{Lu}))(${occupation})(?=[,.;!?\\n]| (?:at|for|in|with|but|since|until|from|on)\\b|$)`, 'u')

const occupations: Rule = {
  kinds: ['title'], triggers: { words: ['work', 'works', 'worked', 'working', 'employed', 'job', 'career', 'serves', 'served', 'serving', 'hired'] },
  find: (scan, at) => {
    const match = works.exec(scan.text.slice(at, at + 120))
    if (match?.[1] !== undefined) scan.add('title', at + match[0].length - match[1].length, at + match[0].length, 0.5)
  },
}

const labelled: Rule = {
  kinds: ['title'], triggers: { words: ['occupation', 'profession', 'title', 'position', 'beruf'] },
  find: (scan, at) => {
    const match = /^[a-z]{5,10}["'*]{0,2}: ?["'*]{0,2}(\p{Lu}[\p{L} ,/-]{2,60}?)(?=["'*\n;|]|\.(?:\s|$)|$)/iu.exec(scan.text.slice(at, at + 80))
    const before = /(?:job|work|professional|current) $/i.test(scan.text.slice(Math.max(0, at - 14), at))
    if (match?.[1] === undefined || (!before && /^(?:title|position)/i.test(match[0]))) return
    scan.add('title', at + match[0].length - match[1].length, at + match[0].length, 0.6)
  },
}

const underKeys: Rule = {
  kinds: ['title'], triggers: { keys: ['job title', 'jobtitle', 'occupation', 'profession', 'job position', 'beruf'] },
  find: scan => { if (scan.text.length <= 80 && /^\p{Lu}[\p{L} ,&/().'’-]+$/u.test(scan.text)) scan.add('title', 0, scan.text.length, 0.7) },
}

export const titleRules: readonly Rule[] = [titles, occupations, labelled, underKeys]
