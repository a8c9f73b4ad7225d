// The OpenAI dialect, put together.
import { JsonCodec, VerbatimCodec } from '../answer/json-codec.ts'
import { StreamCodec } from '../answer/stream-codec.ts'
import type { AnswerCodec, AnswerCodecOptions, ModelSurface } from '../model-surface.ts'
import { openaiJsonAnswer } from './answer.ts'
import { openaiLeafUse } from './leaves.ts'
import { openaiSessionHint, readOpenaiRequest } from './read-request.ts'
import { renderOpenaiFailure, renderOpenaiFailureEvent, renderOpenaiModel, renderOpenaiModelList } from './render.ts'
import { openaiEdits, stripsUsage } from './request-edits.ts'
import { OpenaiStream } from './stream.ts'
import { openaiTurn } from './turn.ts'

const answerCodec = (options: AnswerCodecOptions): AnswerCodec => {
  const type = options.contentType ?? (options.operation.stream ? 'text/event-stream' : 'application/json')
  if (options.status >= 400) return new VerbatimCodec()
  if (type.startsWith('text/event-stream')) return new StreamCodec(options, (given, notes) => new OpenaiStream(given, notes))
  return type.includes('json') ? new JsonCodec(options, openaiJsonAnswer) : new VerbatimCodec()
}

export const openaiSurface: ModelSurface = {
  dialect: 'openai',
  read: readOpenaiRequest,
  sessionHint: openaiSessionHint,
  turn: openaiTurn,
  modelEdits: openaiEdits,
  stripsUsage,
  leafUse: openaiLeafUse,
  skipLeaf: leaf => openaiLeafUse(leaf) === 'ignore',
  answerCodec,
  renderFailure: renderOpenaiFailure,
  renderFailureEvent: renderOpenaiFailureEvent,
  renderModelList: renderOpenaiModelList,
  renderModel: renderOpenaiModel,
}
