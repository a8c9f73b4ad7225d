// What the tests of the MCP surface share.
import { EventEmitter } from 'node:events'
import type { JsonDocument } from '../../../gateway/exchange/document.ts'
import type { ResponseSink } from '../../../gateway/surfaces/mcp/event-stream.ts'
import { readMessage, type McpMessage, type McpRequest, type MessageHeaders } from '../../../gateway/surfaces/mcp/read-message.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'

export const documentOf = (text: string): JsonDocument => readJson(text, { maxDepth: 64 })
export const read = (text: string, headers: MessageHeaders = {}): McpMessage => readMessage(documentOf(text), headers)

export const request = (method: string, params?: unknown, id: unknown = 1): McpRequest =>
  read(JSON.stringify({ jsonrpc: '2.0', id, method, ...params === undefined ? {} : { params } })) as McpRequest

/** A response that keeps what is written to it. */
export class KeptResponse extends EventEmitter implements ResponseSink {
  headersSent = false
  writableEnded = false
  destroyed = false
  flushed = false
  status = 0
  headers: Readonly<Record<string, string>> = {}
  text = ''

  writeHead(status: number, headers: Readonly<Record<string, string>>): this {
    if (this.headersSent) throw new Error('the head was sent twice')
    this.headersSent = true
    this.status = status
    this.headers = headers
    return this
  }

  destroy(): void { this.destroyed = true }
  flushHeaders(): void { this.flushed = true }

  write(text: string): boolean {
    if (!this.headersSent || this.writableEnded) throw new Error('written outside of the answer')
    this.text += text
    return true
  }

  end(text = ''): this {
    if (text !== '') this.write(text)
    this.writableEnded = true
    this.emit('close')
    return this
  }
}
