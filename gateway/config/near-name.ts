// Which of the known names did somebody mean? For messages only; it never changes what is accepted.

/** Optimal string alignment: insertions, deletions, replacements and swapped neighbours, each counted as one. */
const distance = (a: string, b: string): number => {
  let before: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at)
  const cell = (row: readonly number[], at: number): number => row[at] ?? Infinity
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(before, j - 2) + 1 : Infinity
      row.push(Math.min(cell(last, j) + 1, cell(row, j - 1) + 1, cell(last, j - 1) + same, swapped))
    }
    before = last
    last = row
  }
  return cell(last, b.length)
}

const spelling = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** The known name that is nearest to what was written, or undefined where none is near. Case and punctuation do not count. */
export const nearName = (written: string, known: readonly string[]): string | undefined => {
  // A long key is no misspelling, and the comparison is quadratic.
  const name = spelling(written.slice(0, 64))
  if (name === '') return undefined
  const scored = known.map(candidate => {
    const other = spelling(candidate)
    const begins = name.length >= 3 && (other.startsWith(name) || (other.length >= 3 && name.startsWith(other)))
    return { candidate, score: Math.min(distance(name, other), begins ? 1.5 : Infinity) }
  })
  const [best] = scored.sort((a, b) => a.score - b.score)
  return best !== undefined && best.score <= Math.min(2, name.length / 2) ? best.candidate : undefined
}
