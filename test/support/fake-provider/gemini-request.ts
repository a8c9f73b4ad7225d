// Reads Gemini requests as strictly as the real API does, so that a gateway that garbles one is found out.
import { hash } from 'node:crypto'
import { z } from 'zod'
import { refuse, tokensOf, type Asked, type ToolResult } from './asked.ts'

const free: ReadonlySet<string> = new Set(['args', 'response', 'parameters', 'parametersJsonSchema', 'responseSchema', 'responseJsonSchema'])

/** Fields may be spelled as in the .proto; two spellings of one field are refused. */
const camel = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(camel)
  if (typeof value !== 'object' || value === null) return value
  const out: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const name = key.replaceAll(/_([a-z])/g, (_found, letter: string) => letter.toUpperCase())
    if (Object.hasOwn(out, name)) refuse(`Invalid JSON payload received. "${name}" is set twice.`)
    out[name] = free.has(name) ? inner : camel(inner)
  }
  return out
}

const blob = z.strictObject({ mimeType: z.string().min(1), data: z.base64().min(1), displayName: z.string().optional() })
const file = z.strictObject({ fileUri: z.string().min(1), mimeType: z.string().optional(), displayName: z.string().optional() })
const record = z.record(z.string(), z.unknown())
const call = z.strictObject({ id: z.string().optional(), name: z.string().regex(/^[a-zA-Z_][\w.:-]{0,127}$/), args: record.optional() })
const result = z.strictObject({ id: z.string().optional(), name: z.string().min(1), response: record, parts: z.array(z.looseObject({})).optional() })
const part = z.strictObject({
  text: z.string().optional(), thought: z.boolean().optional(), thoughtSignature: z.string().regex(/^[\w+/=-]*$/).optional(), inlineData: blob.optional(), fileData: file.optional(),
  functionCall: call.optional(), functionResponse: result.optional(), executableCode: z.looseObject({}).optional(), videoMetadata: z.looseObject({}).optional(),
})
const parts = z.union([z.array(part).min(1), part.transform(one => [one])])
const content = z.strictObject({ role: z.enum(['user', 'model']).optional(), parts })
const schema = z.looseObject({}).optional()
const declaration = z.strictObject({
  name: z.string().regex(/^[a-zA-Z_][\w.:-]{0,127}$/), description: z.string().optional(), behavior: z.enum(['UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING']).optional(),
  parameters: schema, parametersJsonSchema: schema, response: schema, responseJsonSchema: schema,
})
  .refine(value => value.parameters === undefined || value.parametersJsonSchema === undefined)
const tool = z.strictObject({ functionDeclarations: z.array(declaration).min(1).optional(), googleSearch: z.looseObject({}).optional(), codeExecution: z.looseObject({}).optional(), urlContext: z.looseObject({}).optional() })
const calling = z.strictObject({ mode: z.enum(['AUTO', 'ANY', 'NONE', 'VALIDATED']).optional(), allowedFunctionNames: z.array(z.string()).optional() })
const config = z.strictObject({
  maxOutputTokens: z.int().min(1).optional(), temperature: z.number().min(0).max(2).optional(), topP: z.number().optional(), topK: z.number().optional(), stopSequences: z.array(z.string()).max(5).optional(),
  seed: z.int().optional(), presencePenalty: z.number().optional(), frequencyPenalty: z.number().optional(), responseMimeType: z.enum(['text/plain', 'application/json', 'text/x.enum']).optional(),
  responseSchema: z.looseObject({}).optional(), responseJsonSchema: z.looseObject({}).optional(), candidateCount: z.literal(1).optional(),
  thinkingConfig: z.strictObject({ includeThoughts: z.boolean().optional(), thinkingBudget: z.int().optional(), thinkingLevel: z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']).optional() }).optional(),
})
const requestSchema = z.strictObject({
  model: z.string().optional(), contents: z.array(content).min(1, 'contents is not specified'), systemInstruction: z.strictObject({ role: z.string().optional(), parts }).optional(),
  tools: z.union([z.array(tool), tool.transform(one => [one])]).optional(), toolConfig: z.strictObject({ functionCallingConfig: calling.optional() }).optional(),
  safetySettings: z.array(z.looseObject({})).optional(), generationConfig: config.optional(), cachedContent: z.string().optional(),
})
type Content = z.infer<typeof content>
type Part = z.infer<typeof part>

/** First problem in the API's words. */
const refuseShape = (error: z.ZodError): never => {
  const issue = error.issues[0]
  const path = issue?.path.join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') return refuse(`Invalid JSON payload received. Unknown name "${issue.keys[0] ?? ''}"${path === '' ? '' : ` at '${path}'`}: Cannot find field.`)
  return refuse(`Invalid value at '${path}': ${issue?.message ?? 'invalid'}`)
}

const parsed = <Out>(schema: z.ZodType<Out>, body: unknown): Out => {
  const read = schema.safeParse(camel(body))
  return read.success ? read.data : refuseShape(read.error)
}

/** Signature that the fake provider gives, and later demands, for a call. */
export const callSignature = (name: string, argsText: string): string => `fake${hash('sha256', `${name} ${argsText}`, 'base64')}`

/** Named in the documentation for calls that no Gemini model has made. */
const unchecked = 'skip_thought_signature_validator'

const callsIn = (item: Content | undefined): Part[] => (item?.parts ?? []).filter(one => one.functionCall !== undefined)
const resultsIn = (item: Content | undefined): Part[] => (item?.parts ?? []).filter(one => one.functionResponse !== undefined)

/** Neighbours of one role are one turn: clients that keep a stream as it came send a content per event. Results stand alone. */
const turnsOf = (contents: readonly Content[]): Content[] => {
  const turns: Content[] = []
  for (const item of contents) {
    const last = turns.at(-1)
    if (last !== undefined && last.role === 'model' && item.role === 'model') turns[turns.length - 1] = { role: 'model', parts: [...last.parts, ...item.parts] }
    else turns.push(item)
  }
  return turns
}

/** Calls are answered at once, all of them, and with their own names. */
const checkTurns = (contents: readonly Content[]): void => {
  if ((contents[0]?.role ?? 'user') !== 'user') refuse('Please ensure that multiturn requests begin with a user turn.')
  for (const [index, item] of contents.entries()) {
    const before = contents[index - 1]
    const called = callsIn(before)
    const answered = resultsIn(item)
    if (called.length !== answered.length) refuse('Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.')
    if (answered.some((one, at) => one.functionResponse?.name !== called[at]?.functionCall?.name)) refuse('Please ensure that function responses have the names of their calls.')
    for (const { functionResponse } of answered) {
      const ids = called.flatMap(one => one.functionCall?.id ?? [])
      if (functionResponse?.id !== undefined && !ids.includes(functionResponse.id)) refuse(`Function response with the id ${functionResponse.id} has no call.`)
    }
  }
}

/** Gemini 3 wants the first call of every step signed, by itself and unchanged. */
const checkSignatures = (model: string, contents: readonly Content[]): void => {
  if (!model.startsWith('gemini-3')) return
  for (const [index, item] of contents.entries()) {
    const [first] = callsIn(item)
    if (first?.functionCall === undefined) continue
    const { name, args = {} } = first.functionCall
    if (first.thoughtSignature === undefined || first.thoughtSignature === '') refuse(`Function call is missing a thought_signature in functionCall parts. Function call ${name}, position ${index}.`)
    if (first.thoughtSignature !== unchecked && first.thoughtSignature !== callSignature(name, JSON.stringify(args))) refuse('Thought signature is not valid.')
  }
}

const textOf = (items: readonly Part[]): string => items.flatMap(one => one.text !== undefined && one.thought !== true ? [one.text] : []).join('\n')

const resultText = (response: Readonly<Record<string, unknown>>): string => {
  const said = response['output'] ?? response['result']
  return typeof said === 'string' ? said : typeof response['error'] === 'string' ? `Error: ${response['error']}` : JSON.stringify(response)
}

const modelIn = (path: string): string => decodeURIComponent(/\/models\/(.+):\w+/.exec(path)?.[1] ?? '')

/** Understands a generateContent body. @throws Refusal with the API's own complaint */
export const readGenerateContent = (body: unknown, path: string): Asked => {
  const request = parsed(requestSchema, body)
  const model = modelIn(path)
  const stream = path.includes(':streamGenerateContent')
  if (stream && !path.includes('alt=sse')) refuse('This fake provider streams events only: alt=sse.')
  const turns = turnsOf(request.contents)
  checkTurns(turns)
  checkSignatures(model, turns)
  const turn = turns.slice(turns.findLastIndex(item => item.role === 'model') + 1)
  const declared = (request.tools ?? []).flatMap(item => item.functionDeclarations ?? [])
  const only = request.toolConfig?.functionCallingConfig?.allowedFunctionNames
  const unknown = only?.find(name => !declared.some(one => one.name === name))
  if (unknown !== undefined) refuse(`Function calling config: allowed_function_names: ${unknown} is not declared.`)
  return {
    model, stream,
    userText: textOf(turn.flatMap(item => item.parts)),
    toolResults: turn.flatMap(resultsIn).flatMap((one): ToolResult[] => one.functionResponse === undefined ? [] : [{ tool: one.functionResponse.name, text: resultText(one.functionResponse.response) }]),
    tools: declared.map(one => one.name),
    inputText: JSON.stringify([request.systemInstruction ?? '', request.contents, declared]),
    includeUsage: true,
    thinking: request.generationConfig?.thinkingConfig?.includeThoughts === true ? 'shown' : 'off',
    cachedPrefix: null,
  }
}

const countSchema = z.strictObject({ contents: z.array(content).optional(), generateContentRequest: requestSchema.optional() })

/** Answers a countTokens body. @throws Refusal */
export const countTokens = (body: unknown): string => {
  const request = parsed(countSchema, body)
  return JSON.stringify({ totalTokens: tokensOf(JSON.stringify(request.contents ?? request.generateContentRequest?.contents ?? [])) })
}

const embedSchema = z.strictObject({ model: z.string().optional(), content: z.strictObject({ role: z.string().optional(), parts }), taskType: z.string().optional(), title: z.string().optional(), outputDimensionality: z.int().optional() })
const batchSchema = z.strictObject({ requests: z.array(embedSchema.extend({ model: z.string().min(1) })).min(1) })

const vectorOf = (request: z.infer<typeof embedSchema>): number[] => {
  const bytes = hash('sha256', textOf(request.content.parts), 'buffer')
  return Array.from({ length: request.outputDimensionality ?? 8 }, (_, at) => ((bytes[at % bytes.length] ?? 0) - 127.5) / 127.5)
}

/** Answers an embedContent or batchEmbedContents body. @throws Refusal */
export const embedContent = (body: unknown, path: string): string => {
  if (!path.includes(':batchEmbedContents')) return JSON.stringify({ embedding: { values: vectorOf(parsed(embedSchema, body)) } })
  const { requests } = parsed(batchSchema, body)
  const model = `models/${modelIn(path)}`
  if (requests.some(request => request.model !== model)) refuse(`The model of each request must be that of the batch: ${model}.`)
  return JSON.stringify({ embeddings: requests.map(request => ({ values: vectorOf(request) })) })
}
