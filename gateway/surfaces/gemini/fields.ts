// Fields of Gemini messages. They are protocol buffers in JSON: a field may be spelled in lowerCamelCase or as in the .proto (snake_case), and
// who is served reads either. Whatever the gateway decides on is read through here, so that no spelling escapes a decision.
import { isObject, malformed, type JsonObject } from '../request-fields.ts'

const known = [
  'systemInstruction', 'generationConfig', 'toolConfig', 'safetySettings', 'cachedContent', 'generateContentRequest', 'serviceTier',
  'inlineData', 'fileData', 'mimeType', 'fileUri', 'displayName', 'functionCall', 'functionResponse', 'thoughtSignature', 'videoMetadata', 'mediaResolution', 'partMetadata',
  'executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse', 'toolType', 'willContinue', 'partialArgs',
  'functionDeclarations', 'parametersJsonSchema', 'responseJsonSchema', 'googleSearch', 'googleSearchRetrieval', 'codeExecution', 'urlContext', 'computerUse', 'googleMaps', 'fileSearch', 'mcpServers',
  'functionCallingConfig', 'allowedFunctionNames', 'retrievalConfig', 'streamFunctionCallArguments', 'includeServerSideToolInvocations',
  'maxOutputTokens', 'topP', 'topK', 'stopSequences', 'candidateCount', 'presencePenalty', 'frequencyPenalty', 'responseMimeType', 'responseSchema', 'responseModalities', 'responseLogprobs',
  'thinkingConfig', 'thinkingBudget', 'thinkingLevel', 'includeThoughts', 'speechConfig', 'imageConfig', 'taskType', 'outputDimensionality',
] as const

const snakeOf = (camel: string): string => camel.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
const camels: ReadonlyMap<string, string> = new Map(known.map(camel => [snakeOf(camel), camel]))

/** The field's name in lowerCamelCase; what is no field of this API stays as it is. */
export const camelOf = (key: string): string => camels.get(key) ?? key

/** A field in either spelling, where nothing but it is looked at. */
export const fieldOf = (message: unknown, camel: (typeof known)[number]): unknown => isObject(message) ? message[camel] ?? message[snakeOf(camel)] : undefined

/** Data and schemas: their keys are the caller's own. */
const opaque: ReadonlySet<string> = new Set([
  'args', 'response', 'parameters', 'parametersJsonSchema', 'responseJsonSchema', 'responseSchema', 'labels', 'partMetadata',
])

/** Of objects that cannot change: a history comes again with every call. */
const canonicals = new WeakMap<JsonObject, unknown>()

/**
 * The same message with every field in lowerCamelCase; the very same object where nothing was spelled otherwise.
 * @throws Failure request.malformed where one field is given in both spellings: nobody could say which one counts
 */
export const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    const elements = value.map(canonical)
    return elements.every((element, at) => element === value[at]) ? value : elements
  }
  if (!isObject(value)) return value
  if (!Object.isFrozen(value)) return renamed(value)
  let known = canonicals.get(value)
  if (known === undefined) canonicals.set(value, known = renamed(value))
  return known
}

const renamed = (value: JsonObject): unknown => {
  const changed: [from: string, to: string, value: unknown][] = []
  for (const key in value) {
    const name = camelOf(key)
    if (name !== key && Object.hasOwn(value, name)) throw malformed(key, `is another spelling of "${name}", which is there, too; send one of them`)
    const inner = opaque.has(name) ? value[key] : canonical(value[key])
    if (name !== key || inner !== value[key]) changed.push([key, name, inner])
  }
  if (changed.length === 0) return value
  const gone = new Set(changed.map(([from]) => from))
  return Object.fromEntries([...Object.entries(value).filter(([key]) => !gone.has(key)), ...changed.map(([, name, inner]) => [name, inner] as const)])
}

/** A service tier as prices know it: an enumeration may be spelled as in the .proto, too. */
export const tierWord = (value: string): string => value.toLowerCase().replace(/^service_tier_/, '')

/** A repeated field: Google's reader takes one element without its brackets, and so do its own examples. */
export const many = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]

export const objectsIn = (value: unknown): readonly JsonObject[] => many(value).filter(isObject)
