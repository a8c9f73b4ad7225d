// Is this one version, or a promise to take whatever comes? A range or a moving name would run code that nobody has seen.

const semver = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/
const pep440 = /^(?:\d+!)?\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?(?:\+[a-z0-9.]+)?$/i

/** npm reads "1" and "1.2" as ranges; only all three numbers are one version. */
export const isExactNpm = (version: string): boolean => semver.test(version)

/** PEP 440, without wildcards and operators. */
export const isExactPypi = (version: string): boolean => pep440.test(version)

/** A server's own version may follow any scheme, but must not be a range or a moving name. */
export const isOneVersion = (version: string): boolean =>
  version !== '' && version.toLowerCase() !== 'latest' && !/[\^~<>=*|,]|[^\x21-\x7e]/.test(version) && !/(?:^|\.)x(?:\.|$)/i.test(version)

const parts = (version: string): { numbers: number[]; rest: string } => {
  const [, main = '', rest = ''] = /^v?([\d.]*)(.*)$/.exec(version.split('+', 1)[0] ?? '') ?? []
  return { numbers: main.split('.').map(Number), rest }
}

/** Orders versions, oldest first: by number, a pre-release before its release, anything else by text. */
export const compareVersions = (a: string, b: string): number => {
  const left = parts(a)
  const right = parts(b)
  for (let at = 0; at < Math.max(left.numbers.length, right.numbers.length); at += 1) {
    const difference = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0)
    if (difference !== 0 && !Number.isNaN(difference)) return difference
  }
  if (left.rest === right.rest) return 0
  if (left.rest === '' || right.rest === '') return left.rest === '' ? 1 : -1
  return left.rest.localeCompare(right.rest, 'en', { numeric: true })
}
