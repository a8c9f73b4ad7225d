// Tools often answer JSON as text. Its longer values are known by themselves as well: an agent passes on the value, not the object.
import { leastWholeLength } from './fingerprint.ts'

const longestText = 262_144
const mostValues = 512
const longestValue = 256

const collect = (value: unknown, values: Set<string>): void => {
  if (values.size >= mostValues) return
  if (typeof value === 'string') {
    if (value.length >= leastWholeLength && value.length <= longestValue) values.add(value)
  } else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) collect(member, values)
}

/** String values of a text that is JSON, where they are long enough to be known and too short to be known by their parts; none of other texts. */
export const valuesIn = (text: string): ReadonlySet<string> => {
  const values = new Set<string>()
  const first = text.charCodeAt(0)
  if ((first !== 0x7b && first !== 0x5b) || text.length > longestText) return values
  try {
    collect(JSON.parse(text), values)
  } catch {
    // Not JSON: known as text.
  }
  return values
}
