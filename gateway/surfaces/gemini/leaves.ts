// Which strings of a Gemini request belong to the protocol. Everything that is not listed is scanned and may be redacted. Places are found in
// any spelling of the fields, and with or without the brackets of repeated ones: how a field is written must not decide what happens to it.
import type { JsonDocument, StringLeaf } from '../../exchange/document.ts'
import { isBinary, isOpaque } from '../../exchange/encoded-bytes.ts'
import { isSchemaGrammar, useOfOwned } from '../leaf-paths.ts'
import type { LeafUse } from '../model-surface.ts'
import { isObject } from '../request-fields.ts'
import { camelOf } from './fields.ts'

// Words of the protocol. They hold nothing to protect wherever they stand, and they are most of the strings of a long history.
const words: ReadonlySet<string> = new Set([
  'user', 'model', 'function', 'system', 'AUTO', 'ANY', 'NONE', 'VALIDATED', 'OBJECT', 'STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'NULL', 'TEXT', 'IMAGE', 'AUDIO',
  'object', 'string', 'number', 'integer', 'boolean', 'array', 'null', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH', 'application/json', 'text/plain', 'image/png', 'image/jpeg',
  'image/webp', 'image/gif', 'application/pdf', 'skip_thought_signature_validator',
])

// The last keys of the places below: only leaves under these need their path looked at.
const keys: ReadonlySet<string> = new Set([
  'role', 'id', 'name', 'mimeType', 'data', 'thoughtSignature', 'language', 'outcome', 'toolType', 'level', 'mode', 'allowedFunctionNames', 'behavior', 'category', 'threshold', 'method',
  'responseMimeType', 'responseModalities', 'mediaResolution', 'thinkingLevel', 'voiceName', 'languageCode', 'model', 'cachedContent', 'taskType', 'serviceTier',
  'type', 'format', 'required', 'propertyOrdering', '$ref', '$schema', '$id',
])

type Use = 'ignore' | 'media' | 'schema'
interface Place { readonly below: Map<string, Place>; use: Use | null }

const place = (): Place => ({ below: new Map(), use: null })
const root = place()

const mark = (path: string, use: Use): void => {
  let at = root
  for (const segment of path.split('.')) {
    const next = at.below.get(segment) ?? place()
    at.below.set(segment, next)
    at = next
  }
  at.use = use
}

const inPart = [
  'thoughtSignature', 'inlineData.mimeType', 'fileData.mimeType', 'functionCall.id', 'functionCall.name', 'functionResponse.id', 'functionResponse.name',
  'functionResponse.parts.inlineData.mimeType', 'functionResponse.parts.fileData.mimeType', 'functionResponse.scheduling',
  'executableCode.language', 'executableCode.id', 'codeExecutionResult.outcome', 'codeExecutionResult.id', 'toolCall.id', 'toolCall.toolType', 'toolResponse.id', 'toolResponse.toolType', 'mediaResolution.level',
]
const mediaInPart = ['inlineData.data', 'functionResponse.parts.inlineData.data']
const inRequest = [
  'model', 'cachedContent', 'serviceTier', 'contents.role', 'systemInstruction.role', 'safetySettings.category', 'safetySettings.threshold', 'safetySettings.method',
  ...['contents', 'systemInstruction'].flatMap(content => inPart.map(rest => `${content}.parts.${rest}`)),
  'tools.functionDeclarations.name', 'tools.functionDeclarations.behavior', 'toolConfig.functionCallingConfig.mode', 'toolConfig.functionCallingConfig.allowedFunctionNames',
  'generationConfig.responseMimeType', 'generationConfig.responseModalities', 'generationConfig.mediaResolution', 'generationConfig.thinkingConfig.thinkingLevel',
  'generationConfig.speechConfig.languageCode', 'generationConfig.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName',
]
const schemasInRequest = [
  ...['parameters', 'parametersJsonSchema', 'response', 'responseJsonSchema'].map(name => `tools.functionDeclarations.${name}`), 'generationConfig.responseSchema', 'generationConfig.responseJsonSchema',
]
for (const prefix of ['', 'generateContentRequest.']) {
  for (const path of inRequest) mark(prefix + path, 'ignore')
  for (const path of schemasInRequest) mark(prefix + path, 'schema')
  for (const content of ['contents', 'systemInstruction']) for (const path of mediaInPart) mark(`${prefix}${content}.parts.${path}`, 'media')
}
for (const prefix of ['', 'requests.']) {
  for (const path of ['model', 'taskType', 'content.role', ...inPart.map(rest => `content.parts.${rest}`)]) mark(prefix + path, 'ignore')
  for (const path of mediaInPart) mark(`${prefix}content.parts.${path}`, 'media')
}

/** What is known of a place: that of the leaf itself, or of the schema around it. */
const useOf = (path: StringLeaf['path']): Use | null => {
  let at: Place | undefined = root
  for (const segment of path) {
    // Positions in repeated fields; a key of an object is a string, even where it is made of digits.
    if (typeof segment === 'number') continue
    at = at.below.get(camelOf(segment))
    if (at === undefined) return null
    if (at.use === 'schema') return 'schema'
  }
  return at.use
}

/** Is this the text of a part that is marked as thought? Reasoning goes back as it came: another provider may have signed it. */
export const isThought = ({ key, path }: StringLeaf, document: JsonDocument): boolean => {
  if (key !== 'text') return false
  let at: unknown = document.value
  for (const segment of path.slice(0, -1)) at = (at as Readonly<Record<string | number, unknown>>)[segment]
  return isObject(at) && at['thought'] === true && (path[0] === 'contents' || path[1] === 'contents')
}

/** See LeafUse. @param document of the leaf; without it thoughts count as text, which is right for whoever only asks what to ignore. */
export const geminiLeafUse = (leaf: StringLeaf, document?: JsonDocument): LeafUse => {
  if (leaf.key === null || !keys.has(camelOf(leaf.key))) return document !== undefined && isThought(leaf, document) ? 'watch' : 'rewrite'
  if (words.has(leaf.value)) return 'ignore'
  const use = useOf(leaf.path)
  if (use === 'schema') return isSchemaGrammar(leaf) || (isOpaque(leaf.value) && (leaf.key === 'propertyOrdering' || leaf.key === 'property_ordering')) ? 'ignore' : 'rewrite'
  if (use === 'media') return isBinary(leaf.value) ? 'ignore' : 'rewrite'
  return use === 'ignore' ? useOfOwned(leaf.value) : 'rewrite'
}
