// Asks a server, without a token, what it wants to be logged in with: an operator may log in before anybody has called anything.
import { randomUUID } from 'node:crypto'
import { metaKeys, modernVersions } from '../../exchange/mcp-wire.ts'
import type { HttpClient } from '../mcp-http.ts'
import { discard } from '../mcp-http-answer.ts'
import { challengeOf, type Challenge } from './challenge.ts'

const timeoutMs = 10_000
const version = modernVersions[0]

/** A request of the stateless era: servers of the other one turn it away as well, for the login first. */
const question = (): string => JSON.stringify({
  jsonrpc: '2.0', id: randomUUID(), method: 'tools/list', params: { _meta: { [metaKeys.protocolVersion]: version, [metaKeys.clientCapabilities]: {} } },
})

/** Null where the server answers anything else than a challenge. @throws Failure upstream.* when it cannot be reached */
export const askForChallenge = async (http: HttpClient, url: string): Promise<Challenge | null> => {
  const { origin, pathname, search } = new URL(url)
  const answer = await http.send({
    origin, path: pathname + search, method: 'POST', body: question(),
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': version, 'mcp-method': 'tools/list' },
    connectTimeoutMs: timeoutMs, firstByteTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs,
  })
  const challenge = await challengeOf(answer)
  if (challenge === null) answer.abort(new Error('only the challenge was wanted'))
  else discard(answer)
  return challenge
}
