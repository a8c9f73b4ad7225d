// A request that the MCP surface itself turns away, with the JSON-RPC code and HTTP status that the protocol asks for.
import { Failure, type FailureCode, type FailureDetail } from '../../exchange/failure.ts'
import { rpcCodes } from '../../exchange/mcp-wire.ts'

export interface RefusalInit {
  readonly code: Extract<FailureCode, 'request.malformed' | 'request.unsupported' | 'request.session'>
  readonly rpcCode: number
  /** 200 where the answer travels as a normal JSON-RPC error. */
  readonly httpStatus: number
  /** JSON text of the request's id, or null where it is not known. */
  readonly idText: string | null
  /** Members of the error's `data` that the protocol defines, e.g. `supported`. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly detail?: FailureDetail
}

export class McpRefusal extends Failure {
  readonly rpcCode: number
  readonly httpStatus: number
  readonly idText: string | null
  readonly data: Readonly<Record<string, unknown>>

  constructor(message: string, init: RefusalInit) {
    super(init.code, message, init.detail === undefined ? {} : { detail: init.detail })
    this.rpcCode = init.rpcCode
    this.httpStatus = init.httpStatus
    this.idText = init.idText
    this.data = init.data ?? {}
  }
}

export const malformed = (message: string, field: string, idText: string | null = null): McpRefusal =>
  new McpRefusal(message, { code: 'request.malformed', rpcCode: rpcCodes.invalidRequest, httpStatus: 400, idText, detail: { field } })
