// How each dialect asks for a stream and says one. A delta's text is a stamp: when it was sent, by the machine's monotonic clock, which all
// processes share. Readers look for stamps and nothing else, so that they cost the same in every dialect.

export interface Asking {
  readonly path: (model: string) => string
  /** As many output tokens as the provider shall say deltas. */
  readonly body: (model: string, text: string, deltas: number) => object
}

export interface Saying {
  /** Is it this dialect that a request path belongs to? */
  readonly serves: (path: string) => boolean
  readonly open: string
  readonly delta: (text: string) => string
  readonly close: string
}

/** Nanoseconds of the monotonic clock between signs that no prose has. One word, as what looks at answers never cuts one in two. */
export const stamp = (): string => `~${process.hrtime.bigint()}~`
export const stampPattern = /~(\d{6,20})~/g

/** Stands for the address in what the model says, and is the address itself in what the caller asks and reads. */
export const placeholder = '[EMAIL_1]'
export const address = 'anna.berg@example.com'

const user = (text: string): object => ({ role: 'user', content: text })

/** Callers' dialects. */
export const askings: Readonly<Record<string, Asking>> = {
  'openai': { path: () => '/v1/chat/completions', body: (model, text, deltas) => ({ model, stream: true, max_completion_tokens: deltas, messages: [user(text)] }) },
  'openai-responses': { path: () => '/v1/responses', body: (model, text, deltas) => ({ model, stream: true, max_output_tokens: deltas, store: false, input: [user(text)] }) },
  'anthropic': { path: () => '/v1/messages', body: (model, text, deltas) => ({ model, stream: true, max_tokens: deltas, messages: [user(text)] }) },
  'gemini': {
    path: model => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: (_model, text, deltas) => ({ contents: [{ role: 'user', parts: [{ text }] }], generationConfig: { maxOutputTokens: deltas } }),
  },
}

const data = (value: object): string => `data: ${JSON.stringify(value)}\n\n`
const event = (value: { readonly type: string; readonly [member: string]: unknown }): string => `event: ${value.type}\n${data(value)}`
const chunk = (delta: object, finish: string | null): string =>
  data({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_764_000_000, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })

/** Providers' dialects. */
export const sayings: Readonly<Record<string, Saying>> = {
  openai: {
    serves: path => path.endsWith('/chat/completions'),
    open: chunk({ role: 'assistant', content: '' }, null),
    delta: text => chunk({ content: text }, null),
    close: `${chunk({}, 'stop')}${data({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_764_000_000, model: 'bench', choices: [], usage: { prompt_tokens: 20, completion_tokens: 64, total_tokens: 84 } })}data: [DONE]\n\n`,
  },
  anthropic: {
    serves: path => path.startsWith('/v1/messages'),
    open: event({ type: 'message_start', message: { id: 'msg_bench', type: 'message', role: 'assistant', model: 'bench', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 20, output_tokens: 1 } } })
      + event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    delta: text => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    close: event({ type: 'content_block_stop', index: 0 }) + event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 64 } }) + event({ type: 'message_stop' }),
  },
}
