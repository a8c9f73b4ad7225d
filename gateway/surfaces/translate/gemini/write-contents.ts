// A conversation as a Gemini request. Results stand in a content of their own right behind their calls, and what the user said follows.
import { signatureBy } from '../../carried.ts'
import { checksSignatures, unchecked } from '../../gemini/foreign-thoughts.ts'
import type { AssistantPart, Conversation, DocumentPart, ImagePart, MediaSource, TextPart, ToolResultPart, Turn, UserPart } from '../conversation.ts'
import { parsedObject } from '../members.ts'
import type { Writing } from '../target.ts'
import { nameFor } from '../tool-names.ts'
import { writeConfig } from './write-config.ts'

type Json = Record<string, unknown>
interface Content { readonly role: 'user' | 'model'; readonly parts: Json[] }

const typesByEnding: Readonly<Record<string, string>> = {
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif', heic: 'image/heic', heif: 'image/heif', pdf: 'application/pdf', txt: 'text/plain', html: 'text/html', csv: 'text/csv',
}
const typeOfUrl = (url: string): string | undefined => typesByEnding[/\.([a-z]{3,4})(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? '']

const mediaPart = (source: MediaSource): Json => {
  if (source.kind === 'base64') return { inlineData: { mimeType: source.mediaType, data: source.data } }
  const mimeType = typeOfUrl(source.url)
  return { fileData: { fileUri: source.url, ...mimeType === undefined ? {} : { mimeType } } }
}

const plainParts = (part: TextPart | ImagePart | DocumentPart): Json[] => {
  if (part.kind === 'text') return part.text === '' ? [] : [{ text: part.text }]
  // Papers have no name of their own here.
  return [...part.kind === 'document' && part.name !== null ? [{ text: `${part.name}:` }] : [], mediaPart(part.source)]
}

interface Called { readonly name: string; readonly at: number }
type Calls = ReadonlyMap<string, Called>

/** Which tool each call was for, and where it stands: results are told by name here. */
const callsIn = (turns: readonly Turn[]): Calls => new Map(turns.flatMap(turn =>
  turn.role === 'assistant' ? turn.parts.flatMap(part => part.kind === 'tool-call' ? [part] : []) : []).map(({ id, name }, at) => [id, { name: nameFor('gemini', name), at }]))

const resultPart = (part: ToolResultPart, calls: Calls): Json => {
  const said = part.parts.filter(one => one.kind === 'text').map(one => one.text).join('\n\n')
  return { functionResponse: { id: part.id, name: calls.get(part.id)?.name ?? 'unknown', response: part.isError ? { error: said } : { output: said } } }
}

const isResult = (part: UserPart): part is ToolResultPart => part.kind === 'tool-result'

const userContents = (parts: readonly UserPart[], calls: Calls): Content[] => {
  // In the order of their calls: where ids are not known, only that and the name say which is whose.
  const placeOf = ({ id }: ToolResultPart): number => calls.get(id)?.at ?? Infinity
  const results = parts.filter(isResult).sort((a, b) => placeOf(a) - placeOf(b) || 0)
  // What a tool showed besides text follows as the user's.
  const shown = results.flatMap(result => result.parts.filter(part => part.kind !== 'text')).flatMap(plainParts)
  const said = [...shown, ...parts.filter(part => !isResult(part)).flatMap(plainParts)]
  return [
    ...results.length === 0 ? [] : [{ role: 'user' as const, parts: results.map(part => resultPart(part, calls)) }],
    ...said.length === 0 ? [] : [{ role: 'user' as const, parts: said }],
  ]
}

const signedPart = (part: Json, signature: string | null): Json => signature === null ? part : { ...part, thoughtSignature: signature }

/** Signatures of Gemini's own go back with the part that they came with, or with the one that followed the thought. */
const assistantContent = (parts: readonly AssistantPart[], { losses, names, target }: Writing): Content => {
  const out: Json[] = []
  let carried: string | null = null
  let isFirst = true
  for (const part of parts) {
    if (part.kind === 'thinking') {
      const own = signatureBy('gemini', part.signature)
      if (own === null) losses.lost(names.thinkingPart)
      carried = own ?? carried
    } else if (part.kind === 'text') out.push(...plainParts(part))
    else {
      const own: string | null = signatureBy('gemini', part.signature) ?? carried ?? (isFirst && checksSignatures(target.model) ? unchecked : null)
      carried = null
      isFirst = false
      // A model wrote it, and the history has to go on: what is no object is carried as text in one.
      const args = parsedObject(part.arguments) ?? { arguments: part.arguments }
      out.push(signedPart({ functionCall: { id: part.id, name: nameFor('gemini', part.name), args } }, own))
    }
  }
  const last = out.at(-1)
  if (carried !== null && last !== undefined) out[out.length - 1] = signedPart(last, carried)
  return { role: 'model', parts: out }
}

const contentsOf = (turns: readonly Turn[], writing: Writing): Content[] => {
  const calls = callsIn(turns)
  const contents = turns.flatMap((turn): Content[] => {
    if (turn.role === 'user') return userContents(turn.parts, calls)
    if (turn.role === 'assistant') return [assistantContent(turn.parts, writing)]
    // There are no instructions between the turns here; as the user's words they are heard.
    writing.losses.lost(writing.names.systemTurn)
    return [{ role: 'user', parts: turn.parts.flatMap(plainParts) }]
  }).filter(content => content.parts.length > 0)
  const out: Content[] = []
  for (const content of contents) {
    const last = out.at(-1)
    // Neighbours of one role become one, but results stay alone.
    if (last?.role === content.role && !isOfResults(last) && !isOfResults(content)) last.parts.push(...content.parts)
    else out.push(content)
  }
  // A conversation begins with the user here.
  return out[0]?.role === 'user' ? out : [{ role: 'user', parts: [{ text: '(continued)' }] }, ...out]
}

const isOfResults = ({ parts }: Content): boolean => parts[0] !== undefined && 'functionResponse' in parts[0]

const empty: ReadonlySet<string> = new Set(['$schema', 'type', 'properties', 'required', 'additionalProperties', 'title'])

/** A function without parameters has no schema at all here. */
const takesNothing = (schema: Conversation['tools'][number]['schema']): boolean =>
  Object.keys(schema).every(key => empty.has(key)) && Object.keys(schema['properties'] ?? {}).length === 0 && (schema['additionalProperties'] ?? false) === false

const toolsOf = ({ parallelToolCalls, toolChoice, tools }: Conversation, { losses, names }: Writing): Json => {
  if (tools.length === 0) return {}
  if (parallelToolCalls === false) losses.lost(names.parallelToolCalls)
  if (tools.some(tool => tool.strict === true)) losses.lost(names.strict)
  const functionDeclarations = tools.map(tool => ({
    name: nameFor('gemini', tool.name), ...tool.description === null ? {} : { description: tool.description },
    ...takesNothing(tool.schema) ? {} : { parametersJsonSchema: tool.schema },
  }))
  if (toolChoice === null) return { tools: [{ functionDeclarations }] }
  const mode = { auto: 'AUTO', none: 'NONE', any: 'ANY', tool: 'ANY' }[toolChoice.kind]
  const only = toolChoice.kind === 'tool' ? { allowedFunctionNames: [nameFor('gemini', toolChoice.name)] } : {}
  return { tools: [{ functionDeclarations }], toolConfig: { functionCallingConfig: { mode, ...only } } }
}

const noteCache = ({ system, tools, turns }: Conversation, { losses, names }: Writing): void => {
  const isCached = (part: { readonly cached?: boolean }): boolean => part.cached === true
  const inTurns = turns.some(turn => turn.parts.some(part => isCached(part as { readonly cached?: boolean }) || (part.kind === 'tool-result' && part.parts.some(isCached))))
  if (inTurns || system.some(isCached) || tools.some(isCached)) losses.lost(names.cached)
}

/** @returns the body of POST /v1beta/models/{model}:generateContent */
export const writeContents = (conversation: Conversation, writing: Writing): Json => {
  const { system, turns, user } = conversation
  noteCache(conversation, writing)
  if (user !== null) writing.losses.lost(writing.names.user)
  const instructions = system.flatMap(plainParts)
  const generationConfig = writeConfig(conversation, writing)
  return {
    contents: contentsOf(turns, writing), ...instructions.length === 0 ? {} : { systemInstruction: { parts: instructions } },
    ...toolsOf(conversation, writing), ...Object.keys(generationConfig).length === 0 ? {} : { generationConfig },
  }
}
