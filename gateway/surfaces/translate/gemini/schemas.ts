// Gemini's own Schema (a part of OpenAPI 3.0, types in capitals) as JSON Schema, which every other dialect speaks. The other way needs no
// words: Gemini takes JSON Schema in fields of its own (parametersJsonSchema, responseJsonSchema).
import { isObject, type JsonObject } from '../../request-fields.ts'

const renamed: Readonly<Record<string, string>> = {
  any_of: 'anyOf', max_items: 'maxItems', min_items: 'minItems', max_length: 'maxLength', min_length: 'minLength', max_properties: 'maxProperties', min_properties: 'minProperties',
}
/** 64-bit numbers, which protocol buffers write as strings. */
const counts: ReadonlySet<string> = new Set(['maxItems', 'minItems', 'maxLength', 'minLength', 'maxProperties', 'minProperties'])
/** The order of members says nothing about what is valid. */
const dropped: ReadonlySet<string> = new Set(['propertyOrdering', 'property_ordering', 'nullable'])

const memberOf = (key: string, value: unknown): [string, unknown] => {
  switch (key) {
    case 'type': return [key, typeof value === 'string' ? value.toLowerCase() : value]
    case 'properties': return [key, isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, jsonSchemaOf(schema)])) : value]
    case 'items': return [key, jsonSchemaOf(value)]
    case 'anyOf': return [key, Array.isArray(value) ? value.map(jsonSchemaOf) : value]
    case 'example': return ['examples', [value]]
    default: return [key, counts.has(key) && typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value]
  }
}

const withNull = (schema: JsonObject): JsonObject => {
  if (typeof schema['type'] !== 'string') return schema
  const allowed: unknown = schema['enum']
  return { ...schema, type: [schema['type'], 'null'], ...Array.isArray(allowed) ? { enum: [...allowed as readonly unknown[], null] } : {} }
}

/** What is no object stays as it is: it means the same in both. */
export const jsonSchemaOf = (value: unknown): unknown => {
  if (!isObject(value)) return value
  const schema = Object.fromEntries(Object.entries(value).filter(([key]) => !dropped.has(key)).map(([key, inner]) => memberOf(renamed[key] ?? key, inner)))
  return value['nullable'] === true ? withNull(schema) : schema
}
