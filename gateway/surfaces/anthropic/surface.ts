// The Anthropic dialect, put together.
import type { Edit } from '../../exchange/document.ts'
import type { ModelOperation } from '../../exchange/operation.ts'
import { JsonCodec, VerbatimCodec } from '../answer/json-codec.ts'
import { StreamCodec } from '../answer/stream-codec.ts'
import type { AnswerCodec, AnswerCodecOptions, ModelSurface } from '../model-surface.ts'
import { anthropicJsonAnswer } from './answer.ts'
import { anthropicLeafUse, isThinking } from './leaves.ts'
import { anthropicSessionHint, readAnthropicRequest } from './read-request.ts'
import { renderAnthropicFailure, renderAnthropicFailureEvent, renderAnthropicModel, renderAnthropicModelList } from './render.ts'
import { AnthropicStream } from './stream.ts'
import { withoutUnsigned } from './unsigned-thinking.ts'
import { anthropicTurn } from './turn.ts'

const modelEdits = (operation: ModelOperation, upstreamModel: string): Edit[] => {
  const model = operation.document.locate(['model'])
  const named = operation.requested === upstreamModel || model === undefined ? [] : [{ ...model, text: JSON.stringify(upstreamModel) }]
  return [...named, ...withoutUnsigned(operation.document)]
}

const answerCodec = (options: AnswerCodecOptions): AnswerCodec => {
  const type = options.contentType ?? (options.operation.stream ? 'text/event-stream' : 'application/json')
  if (options.status >= 400) return new VerbatimCodec()
  if (type.startsWith('text/event-stream')) return new StreamCodec(options, (given, notes) => new AnthropicStream(given, notes))
  // A token count names no model and holds no text.
  return type.includes('json') && options.operation.name === 'messages' ? new JsonCodec(options, anthropicJsonAnswer) : new VerbatimCodec()
}

export const anthropicSurface: ModelSurface = {
  dialect: 'anthropic',
  read: readAnthropicRequest,
  sessionHint: anthropicSessionHint,
  turn: anthropicTurn,
  modelEdits,
  stripsUsage: () => false,
  leafUse: anthropicLeafUse,
  skipLeaf: leaf => anthropicLeafUse(leaf) === 'ignore',
  reasoning: { isReasoning: isThinking, instead: '{"type":"text","text":"(thinking)"}' },
  answerCodec,
  renderFailure: renderAnthropicFailure,
  renderFailureEvent: renderAnthropicFailureEvent,
  renderModelList: renderAnthropicModelList,
  renderModel: renderAnthropicModel,
}
