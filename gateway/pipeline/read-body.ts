// Reads a request body with the size counted while reading: a missing or lying Content-Length buys nothing.
import type { IncomingMessage } from 'node:http'
import { Failure } from '../exchange/failure.ts'

const tooLarge = (limit: number): Failure =>
  new Failure('request.too_large', `The body is larger than ${limit} bytes.`, { detail: { limit } })

/** Refuses what the strict reader could not judge: other media types and compressed bodies. @throws Failure request.malformed */
export const checkJsonHead = (request: IncomingMessage): void => {
  const type = request.headers['content-type']
  if (type !== 'application/json' && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type ?? '')) {
    throw new Failure('request.malformed', 'The content type must be application/json.', { detail: { field: 'content-type', remedy: 'Send "Content-Type: application/json".' } })
  }
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Failure('request.malformed', 'Compressed request bodies are not accepted.', { detail: { field: 'content-encoding', remedy: 'Send the body uncompressed.' } })
  }
}

/**
 * The whole body as one Buffer.
 * @param limit largest accepted size in bytes.
 * @throws Failure request.too_large | client.gone
 */
export const readBody = (request: IncomingMessage, limit: number): Promise<Buffer> => new Promise((resolve, reject) => {
  let first: Buffer | undefined
  let rest: Buffer[] | undefined
  let size = 0
  // It can be over before anybody listens: then no event will come.
  if (request.destroyed && !request.complete) {
    reject(new Failure('client.gone', 'The request body was cut off.'))
    return
  }
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > limit) {
      // Stop reading but keep the socket: the caller should see the 413, not a reset.
      request.removeAllListeners('data')
      request.resume()
      reject(tooLarge(limit))
      return
    }
    if (first === undefined) first = chunk
    else (rest ??= [first]).push(chunk)
  })
  request.once('end', () => { resolve(rest === undefined ? first ?? Buffer.alloc(0) : Buffer.concat(rest, size)) })
  request.once('error', cause => { reject(new Failure('client.gone', 'The request body was cut off.', { cause })) })
  request.once('close', () => { if (!request.complete) reject(new Failure('client.gone', 'The request body was cut off.')) })
})
