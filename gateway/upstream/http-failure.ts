// Names what went wrong on a connection. Messages carry error codes only: an upstream's words and addresses stay out of answers.
import { Failure } from '../exchange/failure.ts'

const codeOf = (thrown: Error): string => {
  const { code } = thrown as { code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{1,48}$/.test(code) ? code : thrown.name.slice(0, 48)
}

const isNotHttp = (thrown: Error, code: string): boolean =>
  thrown.name === 'HTTPParserError' || code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW'

/** A failure before the head of the answer. */
export const notSent = (thrown: Error): Failure => {
  if (thrown instanceof Failure) return thrown
  const code = codeOf(thrown)
  if (isNotHttp(thrown, code)) return new Failure('upstream.protocol', `The upstream did not answer in HTTP (${code}).`, { cause: thrown })
  if (code === 'UND_ERR_INVALID_ARG') return new Failure('gateway.bug', 'The request to the upstream could not be built.', { cause: thrown })
  return new Failure('upstream.connect', `The upstream could not be reached (${code}).`, { cause: thrown })
}

/** A failure after the head: what was passed on cannot be taken back. */
export const brokenOff = (thrown: Error): Failure =>
  thrown instanceof Failure ? thrown : new Failure('upstream.protocol', `The upstream broke its answer off (${codeOf(thrown)}).`, { cause: thrown })
