// The items of a Responses input as turns of a conversation. Items of one side that follow each other are one turn.
import { carriedFor } from '../../carried.ts'
import { malformed, type JsonObject } from '../../request-fields.ts'
import type { AssistantPart, DocumentPart, ImagePart, TextPart, ToolCallPart, ToolResultPart, Turn } from '../conversation.ts'
import { askedDetail } from '../image-detail.ts'
import type { Losses } from '../losses.ts'
import { sourceOfUrl } from '../media.ts'
import { contentOf, objectsOf, requiredText, textOf } from '../members.ts'
import { argumentsOfInput, nameIn } from './caller-tools.ts'

type Part = TextPart | ImagePart | DocumentPart

const text = (value: string): TextPart => ({ kind: 'text', text: value, cached: false })

const mediaOf = (part: JsonObject): ImagePart | DocumentPart | null => {
  if (part['type'] === 'input_image') {
    const source = sourceOfUrl(textOf(part['image_url']) ?? 'data:')
    return source === null ? null : { kind: 'image', source, cached: false, detail: askedDetail(part['detail']) }
  }
  if (part['type'] !== 'input_file') return null
  const source = sourceOfUrl(textOf(part['file_data']) ?? textOf(part['file_url']) ?? 'data:')
  return source === null ? null : { kind: 'document', source, name: textOf(part['filename']), cached: false }
}

const partsOf = (content: unknown, field: string, losses: Losses): Part[] => {
  const value = contentOf(content, field)
  if (typeof value === 'string') return value === '' ? [] : [text(value)]
  return value.flatMap((part): Part[] => {
    switch (part['type']) {
      case 'input_text': case 'output_text': case 'text': return textOf(part['text']) === '' ? [] : [text(requiredText(part['text'], `${field}.*.text`))]
      case 'refusal': return [text(textOf(part['refusal']) ?? '')]
      default: {
        const media = mediaOf(part)
        // A file that the provider keeps, sound, and what is not known here.
        if (media === null) losses.lost(`input.*.content.*.${textOf(part['type']) ?? 'type'}`)
        return media === null ? [] : [media]
      }
    }
  })
}

const isText = (part: Part): part is TextPart => part.kind === 'text'

const messageTurn = (item: JsonObject, field: string, losses: Losses): Turn => {
  const parts = partsOf(item['content'], `${field}.content`, losses)
  switch (item['role']) {
    case 'user': return { role: 'user', parts }
    case 'assistant': return { role: 'assistant', parts: parts.filter(isText) }
    case 'system': case 'developer': return { role: 'system', parts: parts.filter(isText) }
    default: throw malformed(`${field}.role`, 'must be user, assistant, system or developer')
  }
}

const callPart = (item: JsonObject, field: string): ToolCallPart => ({
  kind: 'tool-call', id: requiredText(item['call_id'], `${field}.call_id`), name: nameIn(textOf(item['namespace']), requiredText(item['name'], `${field}.name`)), cached: false,
  arguments: item['type'] === 'custom_tool_call' ? argumentsOfInput(textOf(item['input']) ?? '') : textOf(item['arguments']) ?? '{}',
})

const resultPart = (item: JsonObject, field: string, losses: Losses): ToolResultPart =>
  ({ kind: 'tool-result', id: requiredText(item['call_id'], `${field}.call_id`), parts: partsOf(item['output'], `${field}.output`, losses), isError: false, cached: false })

/** The summary is what a model of another dialect thought in the open; its signature comes along in what is encrypted here. */
const reasoningPart = (item: JsonObject): AssistantPart => {
  const said = [...objectsOf(item['summary']), ...objectsOf(item['content'])].map(part => textOf(part['text']) ?? '').join('\n\n')
  const encrypted = textOf(item['encrypted_content'])
  const carried = encrypted === null ? null : carriedFor('anthropic', encrypted, said)
  return { kind: 'thinking', text: said, signature: carried?.secret ?? null, redacted: null }
}

/** Null for items that only their provider understands. */
const turnOf = (item: JsonObject, field: string, losses: Losses): Turn | null => {
  switch (item['type'] ?? 'message') {
    case 'message': return messageTurn(item, field, losses)
    case 'function_call': case 'custom_tool_call': return { role: 'assistant', parts: [callPart(item, field)] }
    case 'function_call_output': case 'custom_tool_call_output': return { role: 'user', parts: [resultPart(item, field, losses)] }
    case 'reasoning': return { role: 'assistant', parts: [reasoningPart(item)] }
    case 'item_reference': throw malformed(field, 'names an item that is not kept here; send the item itself to a model whose provider speaks another dialect')
    default:
      losses.lost(`input.*.${textOf(item['type']) ?? 'type'}`)
      return null
  }
}

const isResults = (turn: Turn | undefined): turn is Extract<Turn, { role: 'user' }> => turn?.role === 'user' && turn.parts.every(part => part.kind === 'tool-result')

const joined = (last: Turn | undefined, turn: Turn): Turn | null => {
  if (last?.role === 'assistant' && turn.role === 'assistant') return { role: 'assistant', parts: [...last.parts, ...turn.parts] }
  // Results of parallel calls come one item each, and belong to one turn.
  return isResults(last) && isResults(turn) ? { role: 'user', parts: [...last.parts, ...turn.parts] } : null
}

/** @throws Failure request.malformed */
export const readItems = (input: unknown, losses: Losses): Turn[] => {
  if (typeof input === 'string') return input === '' ? [] : [{ role: 'user', parts: [text(input)] }]
  const turns: Turn[] = []
  objectsOf(input).forEach((item, at) => {
    const turn = turnOf(item, `input.${at}`, losses)
    if (turn === null || turn.parts.length === 0) return
    const one = joined(turns.at(-1), turn)
    if (one === null) turns.push(turn)
    else turns[turns.length - 1] = one
  })
  return turns
}
