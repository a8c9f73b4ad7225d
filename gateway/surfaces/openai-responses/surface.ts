// The OpenAI Responses dialect, put together.
import { JsonCodec, VerbatimCodec } from '../answer/json-codec.ts'
import { StreamCodec } from '../answer/stream-codec.ts'
import type { AnswerCodec, AnswerCodecOptions, ModelSurface } from '../model-surface.ts'
import { renderOpenaiModel, renderOpenaiModelList } from '../openai/render.ts'
import { responsesJsonAnswer } from './answer.ts'
import { responsesLeafUse } from './leaves.ts'
import { readResponsesRequest, responsesSessionHint } from './read-request.ts'
import { renderResponsesFailure, renderResponsesFailureEvent } from './render.ts'
import { responsesEdits } from './request-edits.ts'
import { resumeRequest } from './resume.ts'
import { ResponsesStream } from './stream.ts'

const answerCodec = (options: AnswerCodecOptions): AnswerCodec => {
  const type = options.contentType ?? (options.operation.stream ? 'text/event-stream' : 'application/json')
  if (options.status >= 400) return new VerbatimCodec()
  if (type.startsWith('text/event-stream')) return new StreamCodec(options, (given, notes) => new ResponsesStream(given, notes))
  return type.includes('json') ? new JsonCodec(options, responsesJsonAnswer(options)) : new VerbatimCodec()
}

export const responsesSurface: ModelSurface = {
  dialect: 'openai-responses',
  read: readResponsesRequest,
  resume: resumeRequest,
  sessionHint: responsesSessionHint,
  modelEdits: responsesEdits,
  stripsUsage: () => false,
  leafUse: responsesLeafUse,
  skipLeaf: leaf => responsesLeafUse(leaf) === 'ignore',
  answerCodec,
  renderFailure: renderResponsesFailure,
  renderFailureEvent: renderResponsesFailureEvent,
  renderModelList: renderOpenaiModelList,
  renderModel: renderOpenaiModel,
}
