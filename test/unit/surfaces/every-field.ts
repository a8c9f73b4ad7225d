// Messages with every field that the specifications know, and for each the places in which what looks like an id is the protocol's own.

const schema = { type: 's', $id: 's', $ref: 's', title: 's', description: 's', format: 's', required: ['s'], properties: { a: { type: 's', description: 's', default: 's', enum: ['s'], const: 's', examples: ['s'], pattern: 's', title: 's' } } }
const grammarOf = (at: string): string[] => ['type', '$id', '$ref', 'format', 'required.#', 'properties.a.type'].map(rest => `${at}.${rest}`)

export interface MaximalBody { readonly body: unknown; /** Places by the reason why an id may stand there. */ readonly owned: Readonly<Record<string, readonly string[]>> }

const inChat = {
  model: 's', user: 's', safety_identifier: 's', prompt_cache_key: 's', prompt_cache_retention: 's', service_tier: 's', reasoning_effort: 's', verbosity: 's', modalities: ['s'], encoding_format: 's', stop: ['s'], metadata: { a: 's' }, logit_bias: { 50256: 1 },
  audio: { voice: 's', format: 's' }, prediction: { type: 's', content: 's' }, web_search_options: { search_context_size: 's', user_location: { type: 's', approximate: { city: 's', country: 's' } } },
  tools: [{ type: 's', function: { name: 's', description: 's', parameters: schema } }, { type: 's', custom: { name: 's', description: 's', format: { type: 's', grammar: { syntax: 's', definition: 's' } } } }], functions: [{ name: 's', description: 's', parameters: schema }],
  tool_choice: { type: 's', function: { name: 's' }, custom: { name: 's' } }, function_call: { name: 's' }, response_format: { type: 's', json_schema: { name: 's', description: 's', schema } },
  messages: [{
    role: 's', name: 's', tool_call_id: 's', refusal: 's', reasoning_content: 's', audio: { id: 's' }, function_call: { name: 's', arguments: 's' },
    content: [{ type: 's', text: 's', refusal: 's', image_url: { url: 's', detail: 's' }, input_audio: { data: 's', format: 's' }, file: { file_id: 's', file_data: 's', filename: 's' } }],
    tool_calls: [{ id: 's', type: 's', function: { name: 's', arguments: 's' }, custom: { name: 's', input: 's' } }], annotations: [{ type: 's', url_citation: { url: 's', title: 's' } }],
  }, { role: 's', content: 's' }],
}

const inResponses = {
  model: 's', instructions: 's', user: 's', safety_identifier: 's', prompt_cache_key: 's', prompt_cache_retention: 's', previous_response_id: 's', conversation: { id: 's' }, service_tier: 's', truncation: 's', include: ['s'], metadata: { a: 's' },
  prompt: { id: 's', version: 's', variables: { a: 's' } }, reasoning: { effort: 's', summary: 's' }, text: { verbosity: 's', format: { type: 's', name: 's', description: 's', schema } }, tool_choice: { type: 's', name: 's', mode: 's', server_label: 's', tools: [{ type: 's', name: 's', server_label: 's' }] },
  tools: [{ type: 's', name: 's', description: 's', parameters: schema, server_label: 's', server_url: 's', server_description: 's', connector_id: 's', authorization: 's', headers: { a: 's' }, vector_store_ids: ['s'], container: { type: 's', file_ids: ['s'] }, format: { type: 's', syntax: 's', definition: 's' }, allowed_tools: ['s'], filters: { key: 's', value: 's' } }],
  input: [{
    type: 's', role: 's', id: 's', status: 's', phase: 's', call_id: 's', name: 's', namespace: 's', arguments: 's', input: 's', code: 's', queries: ['s'], encrypted_content: 's', server_label: 's', approval_request_id: 's', reason: 's', error: 's', execution: 's', result: 's',
    action: { type: 's', command: ['s'], text: 's', url: 's', query: 's', env: { a: 's' } }, summary: [{ type: 's', text: 's' }], operation: { type: 's', path: 's', diff: 's' },
    content: [{ type: 's', text: 's', refusal: 's', detail: 's', image_url: 's', file_id: 's', file_data: 's', filename: 's', file_url: 's', annotations: [{ type: 's', url: 's', title: 's', filename: 's' }] }], output: [{ type: 's', text: 's', detail: 's', image_url: 's', file_id: 's', file_data: 's', filename: 's' }],
  }, { role: 's', content: 's', output: 's' }],
}

const block = { type: 's', text: 's', title: 's', context: 's', name: 's', id: 's', tool_use_id: 's', thinking: 's', signature: 's', data: 's', encrypted_content: 's', url: 's', page_age: 's', error_code: 's', input: { id: 's', name: 's', data: 's', type: 's' }, cache_control: { type: 's', ttl: 's' }, caller: { type: 's' }, source: { type: 's', media_type: 's', data: 's', url: 's', file_id: 's' }, citations: [{ type: 's', cited_text: 's', document_title: 's', url: 's', title: 's', encrypted_index: 's' }] }
const inMessages = {
  model: 's', service_tier: 's', container: 's', inference_geo: 's', metadata: { user_id: 's' }, stop_sequences: ['s'], thinking: { type: 's' }, output_config: { effort: 's', format: { schema } }, output_format: { schema }, thread: { previous_message_id: 's' }, tool_choice: { type: 's', name: 's' },
  mcp_servers: [{ type: 's', url: 's', name: 's', authorization_token: 's' }], system: [{ type: 's', text: 's', cache_control: { type: 's', ttl: 's' }, citations: [{ cited_text: 's' }] }],
  tools: [{ type: 's', name: 's', description: 's', cache_control: { type: 's', ttl: 's' }, input_schema: schema, input_examples: [{ type: 's', name: 's' }], allowed_domains: ['s'], user_location: { type: 's', city: 's' } }],
  messages: [{ role: 's', content: [{ ...block, content: [block] }] }, { role: 's', content: 's' }],
}

const part = { text: 's', thoughtSignature: 's', inlineData: { mimeType: 's', data: 's', displayName: 's' }, fileData: { mimeType: 's', fileUri: 's', displayName: 's' }, functionCall: { id: 's', name: 's', args: { id: 's', name: 's', data: 's' } }, functionResponse: { id: 's', name: 's', response: { name: 's', data: 's' }, scheduling: 's', parts: [{ inlineData: { mimeType: 's', data: 's' } }] }, executableCode: { language: 's', code: 's' }, codeExecutionResult: { outcome: 's', output: 's' } }
const inContent = {
  cachedContent: 's', serviceTier: 's', labels: { a: 's' }, systemInstruction: { role: 's', parts: [{ text: 's' }] }, safetySettings: [{ category: 's', threshold: 's', method: 's' }], toolConfig: { functionCallingConfig: { mode: 's', allowedFunctionNames: ['s'] }, retrievalConfig: { languageCode: 's' } },
  tools: [{ functionDeclarations: [{ name: 's', description: 's', behavior: 's', parameters: schema, response: schema }], googleSearch: { excludeDomains: ['s'] }, fileSearch: { fileSearchStoreNames: ['s'], metadataFilter: 's' } }],
  generationConfig: { responseMimeType: 's', responseModalities: ['s'], mediaResolution: 's', stopSequences: ['s'], responseSchema: schema, thinkingConfig: { thinkingLevel: 's' }, speechConfig: { languageCode: 's', voiceConfig: { prebuiltVoiceConfig: { voiceName: 's' } } } },
  contents: [{ role: 's', parts: [part, { text: 's', thought: true }] }],
}

export const bodies: Readonly<Record<string, MaximalBody>> = {
  'openai': {
    body: inChat,
    owned: {
      'grammar of schemas': [...grammarOf('tools.#.function.parameters'), ...grammarOf('functions.#.parameters'), ...grammarOf('response_format.json_schema.schema')],
      'ids that both sides match': ['model', 'messages.#.tool_call_id', 'messages.#.audio.id', 'messages.#.content.#.file.file_id', 'messages.#.tool_calls.#.id'],
      'names that both sides match': ['tools.#.function.name', 'tools.#.custom.name', 'functions.#.name', 'tool_choice.function.name', 'tool_choice.custom.name', 'function_call.name', 'response_format.json_schema.name', 'messages.#.function_call.name', 'messages.#.tool_calls.#.function.name', 'messages.#.tool_calls.#.custom.name'],
      'words of the protocol': ['prompt_cache_retention', 'service_tier', 'reasoning_effort', 'verbosity', 'modalities.#', 'encoding_format', 'audio.voice', 'audio.format', 'tools.#.type', 'tools.#.custom.format.type', 'tools.#.custom.format.grammar.syntax', 'tool_choice.type', 'response_format.type', 'messages.#.role', 'messages.#.content.#.type', 'messages.#.content.#.image_url.detail', 'messages.#.content.#.input_audio.format', 'messages.#.tool_calls.#.type'],
    },
  },
  'openai-responses': {
    body: inResponses,
    owned: {
      'grammar of schemas': [...grammarOf('text.format.schema'), ...grammarOf('tools.#.parameters')],
      'ids that both sides match': ['model', 'previous_response_id', 'conversation.id', 'prompt.id', 'tools.#.connector_id', 'tools.#.vector_store_ids.#', 'tools.#.container.file_ids.#', 'input.#.id', 'input.#.call_id', 'input.#.approval_request_id', 'input.#.content.#.file_id', 'input.#.output.#.file_id'],
      'names that both sides match': ['text.format.name', 'tool_choice.name', 'tool_choice.server_label', 'tool_choice.tools.#.name', 'tool_choice.tools.#.server_label', 'tools.#.name', 'tools.#.server_label', 'input.#.name', 'input.#.namespace', 'input.#.server_label'],
      'signed or encrypted': ['input.#.encrypted_content'],
      'words of the protocol': ['prompt_cache_retention', 'service_tier', 'truncation', 'include.#', 'prompt.version', 'reasoning.effort', 'reasoning.summary', 'text.verbosity', 'text.format.type', 'tool_choice.type', 'tool_choice.mode', 'tool_choice.tools.#.type', 'tools.#.type', 'tools.#.container.type', 'tools.#.format.type', 'tools.#.format.syntax', 'input.#.type', 'input.#.role', 'input.#.status', 'input.#.phase', 'input.#.execution', 'input.#.summary.#.type', 'input.#.content.#.type', 'input.#.content.#.detail', 'input.#.output.#.type', 'input.#.output.#.detail'],
    },
  },
  'anthropic': {
    body: inMessages,
    owned: {
      'grammar of schemas': [...grammarOf('output_config.format.schema'), ...grammarOf('output_format.schema'), ...grammarOf('tools.#.input_schema')],
      'ids that both sides match': ['model', 'container', 'thread.previous_message_id', 'messages.#.content.#.id', 'messages.#.content.#.tool_use_id', 'messages.#.content.#.source.file_id', 'messages.#.content.#.content.#.source.file_id'],
      'names that both sides match': ['tool_choice.name', 'tools.#.name', 'messages.#.content.#.name'],
      'signed or encrypted': ['messages.#.content.#.signature', 'messages.#.content.#.data', 'messages.#.content.#.encrypted_content', 'messages.#.content.#.citations.#.encrypted_index', 'messages.#.content.#.content.#.encrypted_content'],
      'words of the protocol': ['service_tier', 'inference_geo', 'thinking.type', 'output_config.effort', 'tool_choice.type', 'system.#.type', 'system.#.cache_control.type', 'system.#.cache_control.ttl', 'tools.#.type', 'tools.#.cache_control.type', 'tools.#.cache_control.ttl', 'messages.#.role', 'messages.#.content.#.type', 'messages.#.content.#.cache_control.type', 'messages.#.content.#.cache_control.ttl', 'messages.#.content.#.caller.type', 'messages.#.content.#.source.type', 'messages.#.content.#.source.media_type', 'messages.#.content.#.citations.#.type', 'messages.#.content.#.content.#.type', 'messages.#.content.#.content.#.cache_control.type', 'messages.#.content.#.content.#.cache_control.ttl', 'messages.#.content.#.content.#.source.type', 'messages.#.content.#.content.#.source.media_type'],
    },
  },
  'gemini': {
    body: inContent,
    owned: {
      'grammar of schemas': [...grammarOf('tools.#.functionDeclarations.#.parameters'), ...grammarOf('tools.#.functionDeclarations.#.response'), ...grammarOf('generationConfig.responseSchema')],
      'ids that both sides match': ['cachedContent', 'contents.#.parts.#.functionCall.id', 'contents.#.parts.#.functionResponse.id'],
      'names that both sides match': ['toolConfig.functionCallingConfig.allowedFunctionNames.#', 'tools.#.functionDeclarations.#.name', 'generationConfig.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName', 'contents.#.parts.#.functionCall.name', 'contents.#.parts.#.functionResponse.name'],
      'signed or encrypted': ['contents.#.parts.#.thoughtSignature'],
      'words of the protocol': ['serviceTier', 'systemInstruction.role', 'safetySettings.#.category', 'safetySettings.#.threshold', 'safetySettings.#.method', 'toolConfig.functionCallingConfig.mode', 'tools.#.functionDeclarations.#.behavior', 'generationConfig.responseMimeType', 'generationConfig.responseModalities.#', 'generationConfig.mediaResolution', 'generationConfig.thinkingConfig.thinkingLevel', 'generationConfig.speechConfig.languageCode', 'contents.#.role', 'contents.#.parts.#.inlineData.mimeType', 'contents.#.parts.#.fileData.mimeType', 'contents.#.parts.#.functionResponse.parts.#.inlineData.mimeType', 'contents.#.parts.#.executableCode.language', 'contents.#.parts.#.codeExecutionResult.outcome'],
    },
  },
}

export interface MaximalMessage {
  readonly name: string
  readonly side: 'request' | 'reply' | 'question'
  readonly body: unknown
  /** Places that are not looked at whatever stands there, by the reason. */
  readonly never: Readonly<Record<string, readonly string[]>>
  readonly owned: Readonly<Record<string, readonly string[]>>
}

const item = { type: 's', text: 's', data: 's', mimeType: 's', uri: 's', name: 's', title: 's', description: 's', annotations: { audience: ['s'], note: 's' }, resource: { uri: 's', text: 's', blob: 's', mimeType: 's' }, _meta: { a: 's' } }
const itemWords = (at: string): string[] => ['type', 'mimeType', 'resource.mimeType'].map(rest => `${at}.${rest}`)
const metaOfRequest = { 'progressToken': 's', 'note': 's', 'traceparent': 's', 'tracestate': 's', 'baggage': 's', 'claudecode/toolUseId': 's', 'io.modelcontextprotocol/protocolVersion': 's', 'io.modelcontextprotocol/clientInfo': { name: 's', title: 's' }, 'io.modelcontextprotocol/related-task': { taskId: 's' } }
const outside = ['jsonrpc', 'id', 'method']
const envelope = { jsonrpc: 's', id: 's', method: 's' }

export const messages: readonly MaximalMessage[] = [
  {
    name: 'a request of any method', side: 'request',
    body: { ...envelope, params: { name: 's', uri: 's', cursor: 's', level: 's', taskId: 's', requestState: 's', task: { taskId: 's', note: 's' }, arguments: { name: 's', data: 's', blob: 's', a: { deep: ['s'] } }, ref: { type: 's', name: 's', uri: 's' }, argument: { name: 's', value: 's' }, context: { arguments: { a: 's' } }, inputResponses: { a: { action: 's', content: { name: 's', data: 's' } } }, message: 's', data: 's', _meta: metaOfRequest } },
    never: {
      'not passed on': outside,
      'read by the gateway, which finds the server by it or opens it': ['params.name', 'params.taskId', 'params.requestState', 'params.ref.name', 'params.ref.type'], 'echoed by the gateway, not by the server': ['params._meta.progressToken'],
      'ends at the gateway': ['traceparent', 'tracestate', 'baggage'].map(rest => `params._meta.${rest}`),
    },
    owned: {
      'given out by a server': ['params.cursor'], 'words of the protocol': ['params.level', 'params._meta.io.modelcontextprotocol/protocolVersion'],
      'of the protocol\'s own names in _meta': ['claudecode/toolUseId', 'io.modelcontextprotocol/clientInfo.name', 'io.modelcontextprotocol/clientInfo.title', 'io.modelcontextprotocol/related-task.taskId'].map(rest => `params._meta.${rest}`),
    },
  },
  {
    name: 'an answer of any method', side: 'reply',
    body: {
      ...envelope, error: { message: 's', data: { data: 's', blob: 's', note: 's' } },
      result: { content: [item], contents: [{ uri: 's', text: 's', blob: 's', mimeType: 's' }], messages: [{ role: 's', content: item }], structuredContent: { data: 's', blob: 's', mimeType: 's', taskId: 's', nested: { data: 's' } }, completion: { values: ['s'] }, description: 's', nextCursor: 's', taskId: 's', task: { taskId: 's', status: 's', statusMessage: 's' }, status: 's', statusMessage: 's', resultType: 's', cacheScope: 's', requestState: 's', inputRequests: { a: { method: 's', params: { message: 's' } } }, _meta: { a: 's' } },
    },
    never: { 'not passed on': outside, 'sealed by the gateway, or opaque to it': ['result.requestState'] },
    owned: {
      'words of the protocol': [...itemWords('result.content.#'), ...itemWords('result.messages.#.content'), 'result.contents.#.mimeType', 'result.status', 'result.task.status', 'result.resultType', 'result.cacheScope'],
      'ids that both sides match': ['result.nextCursor', 'result.taskId', 'result.task.taskId'],
    },
  },
  {
    name: 'what a server asks', side: 'question',
    body: { mode: 's', message: 's', url: 's', elicitationId: 's', requestedSchema: schema, systemPrompt: 's', includeContext: 's', stopSequences: ['s'], metadata: { data: 's' }, modelPreferences: { hints: [{ name: 's' }] }, messages: [{ role: 's', content: { type: 's', text: 's', data: 's', mimeType: 's' } }, { role: 's', content: [{ type: 's', text: 's', data: 's', mimeType: 's' }] }], tools: [{ name: 's', description: 's', inputSchema: schema }] },
    never: {}, owned: { 'words of the protocol': ['mode', 'includeContext', 'messages.#.role', ...['messages.#.content', 'messages.#.content.#'].flatMap(at => [`${at}.type`, `${at}.mimeType`])] },
  },
  {
    name: 'the answer to it', side: 'question', body: { action: 's', role: 's', model: 's', stopReason: 's', content: { type: 's', text: 's', data: 's', mimeType: 's', name: 's' }, roots: [{ uri: 's', name: 's' }], message: 's', data: { data: 's' } },
    never: {}, owned: { 'words of the protocol': ['action', 'role', 'stopReason', 'content.type', 'content.mimeType'] },
  },
]
