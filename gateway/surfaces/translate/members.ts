// Members of parsed JSON by their type. A member of another type than expected counts as absent: providers would refuse it in words of
// their own dialect, which the caller does not speak, so readers refuse where it matters.
import { isObject, malformed, type JsonObject } from '../request-fields.ts'

export const textOf = (value: unknown): string | null => typeof value === 'string' ? value : null
export const numberOf = (value: unknown): number | null => typeof value === 'number' && Number.isFinite(value) ? value : null
export const booleanOf = (value: unknown): boolean | null => typeof value === 'boolean' ? value : null
export const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []
export const objectOf = (value: unknown): JsonObject => isObject(value) ? value : {}
export const objectsOf = (value: unknown): readonly JsonObject[] => listOf(value).filter(isObject)

/** @throws Failure request.malformed */
export const requiredText = (value: unknown, field: string): string => {
  if (typeof value !== 'string') throw malformed(field, 'must be a string')
  return value
}

/** A member that is a string or a list of objects, as content is in every dialect. @throws Failure request.malformed */
export const contentOf = (value: unknown, field: string): string | readonly JsonObject[] => {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every(isObject)) return value
  throw malformed(field, 'must be a string or a list of content parts')
}

/** JSON text of a value that is an object when read; null for text that is none. */
export const parsedObject = (text: string): JsonObject | null => {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
