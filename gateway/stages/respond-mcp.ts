// Says it over MCP: the result text as it came, or as policy left it, once the record is written.
import { Failure, type FailureCode } from '../exchange/failure.ts'
import type { ReadJson } from '../exchange/mcp.ts'
import type { McpEra } from '../exchange/operation.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { listMemberOf, listResult } from '../surfaces/mcp/lists.ts'
import { searchEntries } from '../surfaces/mcp/search-tools.ts'
import { findTools } from './find-tools.ts'
import { renderMcpFailure } from '../surfaces/mcp/render-failure.ts'
import type { McpReplyWriter } from '../surfaces/mcp/reply.ts'
import { statusOfError, translateError, translateResult } from '../surfaces/mcp/translate-result.ts'
import type { CatalogEntry } from '../upstream/mcp-catalog-view.ts'
import type { InspectedMcp } from './inspect-mcp.ts'
import type { McpContext, ReceivedOperation } from './mcp-received.ts'

const send = (exchange: Exchange<Runtime>, writer: McpReplyWriter, { kind, payload }: InspectedMcp, httpStatus = 200): void => {
  exchange.ledger.bytesOut = payload.length
  const failure: FailureCode | null = kind === 'error' ? 'upstream.refused' : null
  exchange.record(writer.streaming ? 200 : httpStatus, failure, error => {
    if (error !== undefined) writer.error('{"code":-32603,"message":"The audit record could not be written."}', 503)
    else if (kind === 'result') writer.result(payload)
    else writer.error(payload, httpStatus)
  })
}

export interface Saying {
  /** Era of the server. */
  readonly from: McpEra
  readonly readJson: ReadJson
}

/** Answers a call in the words of the caller's era. */
export const respondMcp = (exchange: Exchange<Runtime>, { message, writer }: ReceivedOperation, { kind, payload }: InspectedMcp, { from, readJson }: Saying): void => {
  const between = { from, to: message.era, method: message.method }
  if (kind === 'result') send(exchange, writer, { kind, payload: translateResult(payload, between, readJson) })
  else send(exchange, writer, { kind, payload: translateError(payload, between, readJson) }, statusOfError(payload, message.era, readJson))
}

/** Answers a list with the entries that the caller may see. @throws McpRefusal for a cursor that is not ours */
export const respondList = (exchange: Exchange<Runtime>, { message, searching, view, writer }: ReceivedOperation, sees: (entry: CatalogEntry) => boolean): void => {
  const isModern = message.era === 'modern'
  if (searching?.search != null) {
    send(exchange, writer, { kind: 'result', payload: findTools({ view, search: searching.search, rule: searching.rule, isModern }, sees) })
    return
  }
  const member = listMemberOf(message.method)
  if (member === undefined) throw new Failure('request.unsupported', 'This method lists nothing.')
  const entries = { tools: view.tools, prompts: view.prompts, resources: view.resources, resourceTemplates: view.templates }[member]
  const shown = member === 'tools' && searching !== null ? searchEntries : entries.filter(sees)
  const payload = listResult({ member, entries: shown, cursor: message.params?.['cursor'], era: message.era, idText: message.idText })
  send(exchange, writer, { kind: 'result', payload })
}

/** Records a failure and tells the caller, as JSON-RPC where a message was read. */
export const respondMcpFailure = (exchange: Exchange<Runtime>, failure: Failure, context: McpContext): void => {
  const { response, request } = exchange
  const rendered = renderMcpFailure(failure, context, exchange.id)
  const { writer } = context
  exchange.record(writer?.streaming === true ? 200 : rendered.status, failure.code, () => {
    if (writer?.streaming === true) {
      writer.message(rendered.body, 200)
      return
    }
    writer?.stop()
    if (response.destroyed || response.headersSent) return
    response.writeHead(rendered.status, {
      ...rendered.headers, 'x-portcullis-exchange': exchange.id, 'content-length': String(Buffer.byteLength(rendered.body)),
      // What is left of an unread body must not be taken for the next request.
      ...(request.complete ? {} : { connection: 'close' }),
    })
    response.end(rendered.body)
  })
}
