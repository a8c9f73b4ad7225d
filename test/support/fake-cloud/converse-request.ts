// Reads Converse requests as strictly as Bedrock does, so that a gateway that garbles one is found out. Shapes follow the API reference.
import { z } from 'zod'
import { refuse, type Asked } from '../fake-provider/asked.ts'
import { signatureOf } from '../fake-provider/anthropic-signature.ts'

const text = z.strictObject({ text: z.string().refine(value => value.trim() !== '', 'The text field in the ContentBlock object is blank. Add text to the text field, and try again.') })
const bytes = z.strictObject({ bytes: z.base64() })
const image = z.strictObject({ image: z.strictObject({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), source: bytes }) })
const paper = z.strictObject({ document: z.strictObject({
  format: z.enum(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']), name: z.string().regex(/^(?!.*\s{2})[a-zA-Z0-9\s()[\]-]{1,200}$/, 'The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets.'), source: bytes,
}) })
const cachePoint = z.strictObject({ cachePoint: z.strictObject({ type: z.literal('default') }) })
const toolUseId = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/)
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/)
const toolUse = z.strictObject({ toolUse: z.strictObject({ toolUseId, name: toolName, input: z.record(z.string(), z.unknown()) }) })
const toolResult = z.strictObject({ toolResult: z.strictObject({ toolUseId, content: z.array(z.union([text, image, paper])).min(1), status: z.enum(['success', 'error']).optional() }) })
const reasoning = z.strictObject({ reasoningContent: z.union([
  z.strictObject({ reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }) }), z.strictObject({ redactedContent: z.base64() }),
]) })
const block = z.union([text, image, paper, cachePoint, toolUse, toolResult, reasoning])
const message = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.array(block).min(1) })
const tool = z.union([cachePoint, z.strictObject({ toolSpec: z.strictObject({ name: toolName, description: z.string().min(1).optional(), inputSchema: z.strictObject({ json: z.looseObject({ type: z.literal('object') }) }), strict: z.boolean().optional() }) })])

const requestSchema = z.strictObject({
  messages: z.array(message).min(1),
  system: z.array(z.union([text, cachePoint])).optional(),
  inferenceConfig: z.strictObject({ maxTokens: z.int().min(1).optional(), temperature: z.number().min(0).max(1).optional(), topP: z.number().min(0).max(1).optional(), stopSequences: z.array(z.string().min(1)).max(4).optional() }).optional(),
  toolConfig: z.strictObject({ tools: z.array(tool).min(1), toolChoice: z.union([z.strictObject({ auto: z.strictObject({}) }), z.strictObject({ any: z.strictObject({}) }), z.strictObject({ tool: z.strictObject({ name: toolName }) })]).optional() }).optional(),
  additionalModelRequestFields: z.record(z.string(), z.unknown()).optional(),
  guardrailConfig: z.strictObject({ guardrailIdentifier: z.string(), guardrailVersion: z.string(), trace: z.string().optional() }).optional(),
  outputConfig: z.strictObject({ textFormat: z.strictObject({ type: z.literal('json_schema'), structure: z.strictObject({ jsonSchema: z.strictObject({ schema: z.string(), name: z.string().optional(), description: z.string().optional() }) }) }) }).optional(),
})
type Request = z.infer<typeof requestSchema>
type Block = z.infer<typeof block>

const callsIn = (content: readonly Block[]): Map<string, string> => new Map(content.flatMap(one => 'toolUse' in one ? [[one.toolUse.toolUseId, one.toolUse.name] as const] : []))
const resultsIn = (content: readonly Block[]): string[] => content.flatMap(one => 'toolResult' in one ? [one.toolResult.toolUseId] : [])

/** Papers come with words, and reasoning with the signature that it got. */
const checkContent = (content: readonly Block[], at: number): void => {
  if (content.some(one => 'document' in one) && !content.some(one => 'text' in one)) refuse('Text content block is required when document content block is provided.')
  for (const one of content) {
    if ('reasoningContent' in one && 'reasoningText' in one.reasoningContent && one.reasoningContent.reasoningText.signature !== signatureOf(one.reasoningContent.reasoningText.text)) refuse(`messages.${at}.content: Invalid signature in reasoningContent block.`)
  }
}

const checkTurns = ({ messages, toolConfig }: Request): void => {
  if (messages[0]?.role !== 'user') refuse('A conversation must start with a user message. Try again with a conversation that starts with a user message.')
  messages.forEach(({ content, role }, at) => {
    if (messages[at - 1]?.role === role) refuse('A conversation must alternate between user and assistant roles.')
    checkContent(content, at)
    const called = callsIn(messages[at - 1]?.content ?? [])
    const results = resultsIn(content)
    if (results.some(id => !called.has(id))) refuse(`The number of toolResult blocks at messages.${at}.content exceeds the number of toolUse blocks of previous turn.`)
    if (role === 'user' && [...called.keys()].some(id => !results.includes(id))) refuse(`Expected toolResult blocks at messages.${at}.content for the following Ids: ${[...called.keys()].join(', ')}`)
    if ((called.size > 0 || callsIn(content).size > 0) && toolConfig === undefined) refuse('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
  })
  const names = messages.flatMap(({ content }) => content.flatMap(one => 'document' in one ? [one.document.name] : []))
  if (new Set(names).size !== names.length) refuse('Document names must be unique.')
}

const plain = (content: readonly unknown[]): string => content.flatMap(one => typeof one === 'object' && one !== null && 'text' in one && typeof one.text === 'string' ? [one.text] : []).join('\n')

const isMark = (one: unknown): boolean => typeof one === 'object' && one !== null && 'cachePoint' in one

/** Everything up to the last mark, without the marks. */
const cachedPrefixOf = ({ messages, system, toolConfig }: Request): string | null => {
  const parts: readonly unknown[] = [...toolConfig?.tools ?? [], ...system ?? [], ...messages.flatMap(({ content }) => content)]
  const end = parts.findLastIndex(isMark)
  return end === -1 ? null : JSON.stringify(parts.slice(0, end).filter(one => !isMark(one)))
}

const thinks = (fields: Readonly<Record<string, unknown>> = {}): boolean => {
  const thinking = fields['thinking'] ?? fields['reasoningConfig']
  return typeof thinking === 'object' && thinking !== null && 'type' in thinking && thinking.type === 'enabled'
}

const toolNames = ({ toolConfig }: Request): string[] => (toolConfig?.tools ?? []).flatMap(one => 'toolSpec' in one ? [one.toolSpec.name] : [])

/** Understands a Converse body. @throws Refusal with Bedrock's own complaint */
export const readConverse = (body: unknown, model: string, stream: boolean): Asked => {
  const parsed = requestSchema.safeParse(body)
  if (!parsed.success) return refuse(`${parsed.error.issues[0]?.path.join('.') ?? ''}: ${JSON.stringify(parsed.error.issues[0])}`)
  const request = parsed.data
  checkTurns(request)
  const last = request.messages.at(-1)
  const called = callsIn(request.messages.at(-2)?.content ?? [])
  const content = last?.role === 'user' ? last.content : []
  return {
    model, stream, userText: plain(content),
    toolResults: content.flatMap(one => 'toolResult' in one ? [{ tool: called.get(one.toolResult.toolUseId) ?? '', text: `${one.toolResult.status === 'error' ? 'Error: ' : ''}${plain(one.toolResult.content)}` }] : []),
    tools: toolNames(request),
    inputText: JSON.stringify([request.system, request.messages, request.toolConfig]), includeUsage: true,
    thinking: thinks(request.additionalModelRequestFields) ? 'shown' : 'off', cachedPrefix: cachedPrefixOf(request),
  }
}
