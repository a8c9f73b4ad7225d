// What is asked of a model? Bytes become a typed operation; nothing later reads the socket.
import type { JsonDocument } from '../exchange/document.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { checkJsonHead, readBody } from '../pipeline/read-body.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { refuseSecretsIn } from '../surfaces/address-secrets.ts'
import type { Continued } from './resume-response.ts'

/** Reads a body strictly. @throws Failure request.malformed */
export type BodyReader = (bytes: Buffer, limits: { readonly maxDepth: number }) => { readonly document: JsonDocument; readonly digest: () => string }

/** The reading half of a dialect (surfaces/ implements one per dialect). */
export interface ModelReader {
  read(endpoint: ModelOperation['name'], path: string, headers: NodeJS.Dict<string | string[]>, document: JsonDocument): ModelOperation
  sessionHint(headers: NodeJS.Dict<string | string[]>, document: JsonDocument): string | null
}

export interface ReceivedModel {
  readonly operation: ModelOperation
  readonly bytes: Buffer
  /** SHA-256 of the bytes, hexadecimal. */
  readonly digest: () => string
  readonly sessionHint: string | null
  /** Where in a conversation that is kept for the caller it stands; absent in dialects without such. */
  readonly continued?: Continued
}

/** @throws Failure request.malformed | request.too_large | auth.invalid | client.gone */
export const receiveModel = async (
  exchange: Exchange<Runtime>, endpoint: ModelOperation['name'], reader: ModelReader,
  read: BodyReader,
): Promise<ReceivedModel> => {
  const { request, runtime, ledger } = exchange
  refuseSecretsIn(request.url ?? '/')
  checkJsonHead(request)
  const bytes = await readBody(request, runtime.config.limits.body_bytes)
  ledger.bytesIn = bytes.length
  const { digest, document } = read(bytes, { maxDepth: runtime.config.limits.json_depth })
  const operation = reader.read(endpoint, request.url ?? '/', request.headers, document)
  ledger.action = operation.kind
  ledger.target = { name: operation.requested, server: null }
  return { operation, bytes, digest, sessionHint: reader.sessionHint(request.headers, document) }
}
