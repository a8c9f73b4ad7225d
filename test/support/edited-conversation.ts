// A conversation as agents send it, turn for turn, with all that may happen to a history between two turns. The same in every run of a seed.
import type { Dialect } from '../../gateway/exchange/operation.ts'
import { createRandom, type Random } from '../bench/redaction/random.ts'

type Json = Record<string, unknown>

const values = ['anna.muster@example.com', 'bert@example.org', '4111 1111 1111 1111', '+1 202-555-0143', 'DE89 3704 0044 0532 0130 00', '10.20.30.40', 'carla.lang@example.net'] as const
const asides = [
  '[EMAIL_1]', '[EMAIL_7]', '[INFO]', '[CARD_1 ]', 'Grüße aus Köln', '漢字とかな', '😀', '"quoted"', 'back\\slash', 'line\nfeed', '\u001b[31mred\u001b[0m', '{"email":"dora@example.com","note":"in JSON"}', 'user12@redacted.example',
] as const
const words = 'the harbour office sent another list of open invoices and nobody knows which ship they are for'.split(' ')

const sentence = (random: Random): string => Array.from({ length: 4 + random.below(30) }, () => random.below(14) === 0 ? random.pick(values) : random.below(10) === 0 ? random.pick(asides) : random.pick(words)).join(' ')

const openai = (random: Random, at: number): Json => {
  const kind = random.below(6)
  if (kind === 0) return { role: 'assistant', content: null, tool_calls: [{ id: `call_${at}`, type: 'function', function: { name: 'look', arguments: JSON.stringify({ to: random.pick(values), text: sentence(random) }) } }] }
  if (kind === 1) return { role: 'tool', tool_call_id: `call_${at}`, content: sentence(random) }
  if (kind === 2) return { role: 'user', content: [{ type: 'text', text: sentence(random) }, { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }
  return { role: random.pick(['user', 'assistant']), content: sentence(random) }
}

const anthropic = (random: Random, at: number): Json => {
  const kind = random.below(6)
  if (kind === 0) return { role: 'assistant', content: [{ type: 'thinking', thinking: sentence(random), signature: 'c2lnbmVk' }, { type: 'tool_use', id: `toolu_${at}`, name: 'look', input: { [random.pick(['to', 'eva@example.com'])]: random.pick(values), number: 4111111111111111 } }] }
  if (kind === 1) return { role: 'user', content: [{ type: 'tool_result', tool_use_id: `toolu_${at}`, content: [{ type: 'text', text: sentence(random) }] }] }
  if (kind === 2) return { role: 'user', content: [{ type: 'text', text: sentence(random), cache_control: { type: 'ephemeral' } }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }] }
  return { role: random.pick(['user', 'assistant']), content: sentence(random) }
}

const gemini = (random: Random, at: number): Json => {
  const kind = random.below(5)
  if (kind === 0) return { role: 'model', parts: [{ text: sentence(random), thought: true }, { functionCall: { name: 'look', args: { to: random.pick(values), at } } }] }
  if (kind === 1) return { role: 'user', parts: [{ function_response: { name: 'look', response: { text: sentence(random) } } }] }
  return { role: random.pick(['user', 'model']), parts: [{ text: sentence(random) }] }
}

const responses = (random: Random, at: number): Json => {
  const kind = random.below(5)
  if (kind === 0) return { type: 'function_call', call_id: `call_${at}`, name: 'look', arguments: JSON.stringify({ to: random.pick(values) }) }
  if (kind === 1) return { type: 'function_call_output', call_id: `call_${at}`, output: sentence(random) }
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text: sentence(random) }] }
}

const tool = (random: Random): Json => ({ name: 'look', description: sentence(random), parameters: { type: 'object', properties: { to: { type: 'string' } } } })

interface Shape { readonly list: string; readonly message: (random: Random, at: number) => Json; readonly before: (random: Random) => Json; readonly behind: (random: Random) => Json }

const shapes: Readonly<Record<Dialect, Shape>> = {
  'openai': { list: 'messages', message: openai, before: () => ({ model: 'small' }), behind: random => ({ tools: [{ type: 'function', function: tool(random) }, { type: 'function', function: tool(random) }], stream: false }) },
  'anthropic': { list: 'messages', message: anthropic, before: random => ({ model: 'small', max_tokens: 100, system: [{ type: 'text', text: sentence(random) }, { type: 'text', text: sentence(random) }] }), behind: random => ({ tools: [{ name: 'look', description: sentence(random), input_schema: { type: 'object' } }] }) },
  'gemini': { list: 'contents', message: gemini, before: random => ({ systemInstruction: { parts: [{ text: sentence(random) }] } }), behind: random => ({ tools: [{ functionDeclarations: [tool(random)] }] }) },
  'openai-responses': { list: 'input', message: responses, before: random => ({ model: 'small', instructions: sentence(random) }), behind: random => ({ tools: [{ type: 'function', ...tool(random) }] }) },
}

const reversed = (message: Json): Json => Object.fromEntries(Object.entries(message).reverse())

/** The same text with some letters written as escapes. */
const escaped = (text: string, letter: string): string => text.replaceAll(new RegExp(`(?<=[a-z])${letter}(?=[a-z])`, 'g'), `\\u00${letter.charCodeAt(0).toString(16)}`)

/** What may be done to a history before it is sent again. */
const edits: readonly ((messages: Json[], random: Random, message: () => Json) => void)[] = [
  (messages, random, message) => { messages[random.below(messages.length)] = message() },
  (messages, random, message) => { messages.splice(random.below(messages.length), 0, message()) },
  (messages, random) => { messages.splice(random.below(messages.length), 1 + random.below(12)) },
  (messages, random) => { const at = random.below(messages.length); messages[at] = reversed(messages[at] ?? {}) },
  (messages, random) => { const at = random.below(messages.length); messages.push(messages[at] ?? {}) },
  messages => { messages.splice(0, Math.max(0, messages.length - 3)) },
  messages => { messages.length = Math.ceil(messages.length / 2) },
]

const spoil = (text: string, random: Random): string => {
  const at = random.below(text.length)
  switch (random.below(5)) {
    case 0: return text.slice(0, at)
    case 1: return `${text.slice(0, at)}"${text.slice(at)}`
    case 2: return text.replace('"role":', '"role":"user","role":')
    case 3: return text.replace(/\}(?=[^}]*$)/, ',"model":"other","model":"third"}')
    default: return `${text.slice(0, at)}${'['.repeat(80)}${text.slice(at)}`
  }
}

/** Bodies, one for each turn; some of them are no JSON that may pass. */
export function* editedConversation(dialect: Dialect, seed: number, turns: number): Generator<string> {
  const random = createRandom(seed)
  const { before, behind, list, message } = shapes[dialect]
  let made = 0
  const next = (): Json => message(random, made += 1)
  const messages = Array.from({ length: 3 + random.below(6) }, next)
  let [first, last] = [before(random), behind(random)]
  for (let turn = 0; turn < turns; turn += 1) {
    messages.push(...Array.from({ length: 1 + random.below(3) }, next))
    if (random.below(3) === 0) random.pick(edits)(messages, random, next)
    if (messages.length === 0) messages.push(next())
    if (random.below(8) === 0) [first, last] = [before(random), behind(random)]
    const root = random.below(6) === 0 ? { ...last, ...first, [list]: messages } : { ...first, [list]: messages, ...last }
    const text = random.below(8) === 0 ? JSON.stringify(root, null, 1) : JSON.stringify(root)
    const written = random.below(8) === 0 ? escaped(text, random.pick(['e', 'a'])) : text
    yield random.below(8) === 0 ? spoil(written, random) : written
  }
}
