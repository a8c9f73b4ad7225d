// Business identifier codes of banks (ISO 9362) behind a label or under a key. A bank's code is nobody's, so the kind is a plain one.
import type { Rule, Scan } from '../rule.ts'

/** Institution, country, place, branch. Words in capitals are written so, too: without a label it is none. */
const form = '[A-Z]{4}(?:A[DELTZ]|B[AEGHRY]|C[ANHIORYZ]|D[EKO]|E[EGS]|F[IORR]|G[BEILRT]|H[KRU]|I[DELNQSTR]|J[OP]|K[RWZ]|L[BCITUVY]|M[ACDEKTUXY]|N[GLOZ]|O[M]|P[AEHKLSTY]|Q[A]|R[OSUW]|S[AEGIKMTV]|T[HLNRW]|U[AS]|V[ANG]|X[K]|Z[A])[A-Z\\d]{2}(?:[A-Z\\d]{3})?'
const behindLabel = new RegExp(`^(?:(?:bic|swift)(?:[ /-]?(?:bic|swift|code|number|no\\.?))*["'\`]?(?: ?[:=#] ?| is | )["'\`]?)`, 'i')
const value = new RegExp(`^(${form})(?![A-Za-z\\d_])`)

const add = (scan: Scan, at: number): void => {
  const code = value.exec(scan.text.slice(at, at + 13))?.[1]
  if (code !== undefined) scan.add('bic', at, at + code.length, 0.85)
}

export const bankCodes: Rule = {
  kinds: ['bic'], triggers: { words: ['bic', 'swift'], keys: ['bic', 'swift', 'swift code', 'swiftcode', 'swift bic', 'bic code'] },
  find: (scan, at) => {
    if (at === 0 && scan.key !== null && scan.text.length <= 11) add(scan, 0)
    const label = behindLabel.exec(scan.text.slice(at, at + 40))?.[0]
    if (label !== undefined) add(scan, at + label.length)
  },
}
