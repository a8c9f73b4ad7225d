// The Gemini dialect, put together.
import type { Edit } from '../../exchange/document.ts'
import type { ModelOperation } from '../../exchange/operation.ts'
import { JsonCodec, VerbatimCodec } from '../answer/json-codec.ts'
import { StreamCodec } from '../answer/stream-codec.ts'
import type { AnswerCodec, AnswerCodecOptions, ModelSurface } from '../model-surface.ts'
import { isObject } from '../request-fields.ts'
import { geminiJsonAnswer } from './answer.ts'
import { withoutForeign } from './foreign-thoughts.ts'
import { JsonArrayCodec } from './json-array.ts'
import { geminiLeafUse, isThought } from './leaves.ts'
import { bareName, geminiPath, readTarget } from './path.ts'
import { readGeminiRequest } from './read-request.ts'
import { renderGeminiFailure, renderGeminiFailureEvent, renderGeminiModel, renderGeminiModelList } from './render.ts'
import { GeminiStream } from './stream.ts'

/** Where a body may repeat the model of the path. */
const modelPaths = ({ value }: ModelOperation['document']): (string | number)[][] => {
  const requests: unknown = isObject(value) ? value['requests'] : undefined
  return [
    ['model'], ['generateContentRequest', 'model'], ['generate_content_request', 'model'], ['requests', 'model'],
    ...Array.isArray(requests) ? requests.map((_request, at) => ['requests', at, 'model']) : [],
  ]
}

const renamed = ({ document }: ModelOperation, upstreamModel: string): Edit[] => modelPaths(document).flatMap(path => {
  const span = document.locate(path)
  const name = upstreamModel.startsWith('tunedModels/') ? upstreamModel : `models/${bareName(upstreamModel)}`
  return span === undefined ? [] : [{ ...span, text: JSON.stringify(name) }]
})

const modelEdits = (operation: ModelOperation, upstreamModel: string): Edit[] =>
  [...operation.requested === upstreamModel ? [] : renamed(operation, upstreamModel), ...withoutForeign(operation.document, upstreamModel)]

/** The model stands in the path, so its real name goes there. */
const pathFor = ({ path, requested }: ModelOperation, upstreamModel: string): string => {
  if (requested === upstreamModel) return path
  const [location = '', query] = path.split(/\?(.*)/s)
  return geminiPath({ ...readTarget(location), model: upstreamModel }, query === undefined ? '' : `?${query}`)
}

const streamCodec = (options: AnswerCodecOptions): AnswerCodec => {
  const events = new StreamCodec(options, (given, notes) => new GeminiStream(given, notes))
  return options.operation.streamForm === 'json-array' ? new JsonArrayCodec(events) : events
}

const answerCodec = (options: AnswerCodecOptions): AnswerCodec => {
  const type = options.contentType ?? (options.operation.stream ? 'text/event-stream' : 'application/json')
  if (options.status >= 400) return new VerbatimCodec()
  if (type.startsWith('text/event-stream')) return streamCodec(options)
  // Counts name no model and hold no text; embeddings tell their usage, where they do.
  return type.includes('json') && options.operation.name !== 'countTokens' ? new JsonCodec(options, geminiJsonAnswer) : new VerbatimCodec()
}

export const geminiSurface: ModelSurface = {
  dialect: 'gemini',
  read: readGeminiRequest,
  // No client of this dialect is known to send one; x-portcullis-session does for all.
  sessionHint: () => null,
  modelEdits,
  pathFor,
  stripsUsage: () => false,
  leafUse: geminiLeafUse,
  skipLeaf: leaf => geminiLeafUse(leaf) === 'ignore',
  reasoning: { isReasoning: isThought, instead: '{"text":"(thought)"}' },
  answerCodec,
  streamType: ({ streamForm }) => streamForm === 'json-array' ? 'application/json' : null,
  renderFailure: renderGeminiFailure,
  renderFailureEvent: renderGeminiFailureEvent,
  renderModelList: renderGeminiModelList,
  renderModel: renderGeminiModel,
}
