// Globs over names: `*` stands for any run of characters. Linear: patterns are written by operators, names by callers.

/** Does the pattern match the whole name? Greedy with one back-track point, so no input is quadratic in both. */
export const matchesGlob = (pattern: string, name: string): boolean => {
  let at = 0
  let inPattern = 0
  let star = -1
  let resume = 0
  while (at < name.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern
      resume = at
      inPattern += 1
    } else if (pattern[inPattern] === name[at]) {
      inPattern += 1
      at += 1
    } else if (star !== -1) {
      resume += 1
      at = resume
      inPattern = star + 1
    } else {
      return false
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1
  return inPattern === pattern.length
}

export const matchesAny = (patterns: readonly string[], name: string): boolean => patterns.some(pattern => matchesGlob(pattern, name))
