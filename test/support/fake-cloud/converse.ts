// The Converse API on the wire: whole answers and event streams. Pure.
import { signatureOf } from '../fake-provider/anthropic-signature.ts'
import { deltasOf, type Answer } from '../fake-provider/dialect.ts'
import { event } from './event-frames.ts'

const stopReasons = { end: 'end_turn', tools: 'tool_use', length: 'max_tokens', refusal: 'guardrail_intervened' } as const

// As with Anthropic, inputTokens leaves out what came from or went to the cache.
const usageOf = ({ usage }: Answer): object => {
  const inputTokens = usage.input - usage.cacheRead - usage.cacheWrite
  return { inputTokens, outputTokens: usage.output, totalTokens: usage.input + usage.output, cacheReadInputTokens: usage.cacheRead, cacheWriteInputTokens: usage.cacheWrite }
}

export const wholeConverse = (answer: Answer): string => JSON.stringify({
  output: { message: { role: 'assistant', content: [
    ...answer.thinking === null ? [] : [{ reasoningContent: { reasoningText: { text: answer.thinking, signature: signatureOf(answer.thinking) } } }],
    ...answer.text === '' ? [] : [{ text: answer.text }],
    ...answer.toolCalls.map(call => ({ toolUse: { toolUseId: call.id, name: call.name, input: JSON.parse(call.argsText) as unknown } })),
  ] } },
  stopReason: stopReasons[answer.stop], usage: usageOf(answer), metrics: { latencyMs: 321 },
})

/** Events, each a whole message. Text and reasoning begin without an announcement. */
export const converseEvents = (answer: Answer): Buffer[] => {
  const cut = (text: string): string[] => deltasOf(text, answer.deltaChars)
  const blocks: { readonly start: object | null; readonly deltas: readonly object[] }[] = [
    ...answer.thinking === null ? [] : [{ start: null, deltas: [...cut(answer.thinking).map(text => ({ reasoningContent: { text } })), { reasoningContent: { signature: signatureOf(answer.thinking) } }] }],
    ...answer.text === '' ? [] : [{ start: null, deltas: cut(answer.text).map(text => ({ text })) }],
    ...answer.toolCalls.map(call => ({ start: { toolUse: { toolUseId: call.id, name: call.name } }, deltas: cut(call.argsText).map(input => ({ toolUse: { input } })) })),
  ]
  return [
    event('messageStart', { role: 'assistant' }),
    ...blocks.flatMap(({ deltas, start }, contentBlockIndex) => [
      ...start === null ? [] : [event('contentBlockStart', { start, contentBlockIndex })],
      ...deltas.map(delta => event('contentBlockDelta', { delta, contentBlockIndex, p: 'abcd' })),
      event('contentBlockStop', { contentBlockIndex }),
    ]),
    event('messageStop', { stopReason: stopReasons[answer.stop] }),
    event('metadata', { usage: usageOf(answer), metrics: { latencyMs: 321 } }),
  ]
}
