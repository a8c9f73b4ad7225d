// How each dialect calls what a conversation holds, so that what is lost is named as the caller wrote it.
import type { Dialect } from '../../exchange/operation.ts'

export interface FieldNames {
  readonly cached: string
  readonly document: string
  readonly format: string
  readonly frequencyPenalty: string
  readonly image: string
  readonly imageDetail: string
  readonly imageUrl: string
  readonly isError: string
  readonly parallelToolCalls: string
  readonly presencePenalty: string
  readonly seed: string
  readonly stop: string
  readonly strict: string
  readonly systemTurn: string
  readonly temperature: string
  readonly thinking: string
  readonly thinkingPart: string
  readonly toolMedia: string
  readonly topK: string
  readonly user: string
}

export const fieldNames: Readonly<Record<Dialect, FieldNames>> = {
  openai: {
    cached: 'cache_control', document: 'messages.*.content.*.file', format: 'response_format', frequencyPenalty: 'frequency_penalty', image: 'messages.*.content.*.image_url', imageDetail: 'messages.*.content.*.image_url.detail',
    imageUrl: 'messages.*.content.*.image_url.url', isError: 'messages.*.content', parallelToolCalls: 'parallel_tool_calls', presencePenalty: 'presence_penalty', seed: 'seed',
    stop: 'stop', strict: 'tools.*.function.strict', systemTurn: 'messages.*.role', temperature: 'temperature', thinking: 'reasoning_effort',
    thinkingPart: 'messages.*.reasoning_content', toolMedia: 'messages.*.content', topK: 'top_k', user: 'safety_identifier',
  },
  'openai-responses': {
    cached: 'prompt_cache_breakpoint', document: 'input.*.content.*.input_file', format: 'text.format', frequencyPenalty: 'frequency_penalty', image: 'input.*.content.*.input_image', imageDetail: 'input.*.content.*.detail',
    imageUrl: 'input.*.content.*.image_url', isError: 'input.*.status', parallelToolCalls: 'parallel_tool_calls', presencePenalty: 'presence_penalty', seed: 'seed', stop: 'stop',
    strict: 'tools.*.strict', systemTurn: 'input.*.role', temperature: 'temperature', thinking: 'reasoning.effort', thinkingPart: 'input.*.reasoning',
    toolMedia: 'input.*.output', topK: 'top_k', user: 'safety_identifier',
  },
  anthropic: {
    cached: 'cache_control', document: 'messages.*.content.*.document', format: 'output_config.format', frequencyPenalty: 'frequency_penalty', image: 'messages.*.content.*.image', imageDetail: 'messages.*.content.*.image',
    imageUrl: 'messages.*.content.*.image.source.url', isError: 'messages.*.content.*.is_error', parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
    presencePenalty: 'presence_penalty', seed: 'seed', stop: 'stop_sequences', strict: 'tools.*.strict', systemTurn: 'messages.*.role', temperature: 'temperature',
    thinking: 'thinking', thinkingPart: 'messages.*.content.*.thinking', toolMedia: 'messages.*.content.*.tool_result.content', topK: 'top_k', user: 'metadata.user_id',
  },
  gemini: {
    cached: 'cachedContent', document: 'contents.*.parts.*.inlineData', format: 'generationConfig.responseMimeType', frequencyPenalty: 'generationConfig.frequencyPenalty',
    image: 'contents.*.parts.*.inlineData', imageDetail: 'contents.*.parts.*.mediaResolution', imageUrl: 'contents.*.parts.*.fileData.fileUri', isError: 'contents.*.parts.*.functionResponse.response.error', parallelToolCalls: 'toolConfig',
    presencePenalty: 'generationConfig.presencePenalty', seed: 'generationConfig.seed', stop: 'generationConfig.stopSequences', strict: 'toolConfig.functionCallingConfig.mode',
    systemTurn: 'contents.*.role', temperature: 'generationConfig.temperature', thinking: 'generationConfig.thinkingConfig', thinkingPart: 'contents.*.parts.*.thought',
    toolMedia: 'contents.*.parts.*.functionResponse.parts', topK: 'generationConfig.topK', user: 'labels',
  },
}
