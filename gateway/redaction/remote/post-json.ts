// One question to a detector over HTTP: JSON out, JSON in, with bounds for time and size. Errors say what went wrong and never quote what was
// asked or answered.
import type { Answer, HttpSend } from '../../exchange/answer.ts'
import { asFailure } from '../../exchange/failure.ts'

export type Send = (request: HttpSend) => Promise<Answer>

/** What became of a call; also what metrics and the log call it. */
export type DetectorProblem = 'unreachable' | 'late' | 'refused' | 'malformed' | 'too_large'

export class DetectorError extends Error {
  readonly problem: DetectorProblem

  constructor(problem: DetectorProblem, message: string) {
    super(message)
    this.name = 'DetectorError'
    this.problem = problem
  }
}

/** An answer says less than the texts that were asked about; this is a hundred times the usual. */
const mostBytes = 8 * 1024 * 1024

const bodyOf = (answer: Answer): Promise<string> => new Promise((resolve, reject) => {
  const chunks: Buffer[] = []
  let bytes = 0
  answer.attach({
    data: chunk => {
      bytes += chunk.length
      if (bytes > mostBytes) {
        const problem = new DetectorError('too_large', `answered more than ${mostBytes} bytes`)
        answer.abort(problem)
        reject(problem)
        return false
      }
      chunks.push(chunk)
      return true
    },
    end: () => { resolve(Buffer.concat(chunks).toString()) },
    fail: reject,
  })
})

const asDetectorError = (thrown: unknown): DetectorError => {
  if (thrown instanceof DetectorError) return thrown
  const { code } = asFailure(thrown)
  return code === 'upstream.timeout' ? new DetectorError('late', 'did not answer in time') : new DetectorError('unreachable', 'could not be asked')
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new DetectorError('malformed', 'answered something that is not JSON')
  }
}

interface Target {
  readonly url: URL
  readonly bearer: string | null
  readonly headers: Readonly<Record<string, string>>
  /** For all of it. */
  readonly timeoutMs: number
}

/** Asks once, and reads the answer as JSON. @throws DetectorError */
export const postJson = async (send: Send, target: Target, body: unknown): Promise<unknown> => {
  const { bearer, headers, timeoutMs, url } = target
  try {
    const text = JSON.stringify(body)
    const answer = await send({
      origin: url.origin, path: url.pathname, method: 'POST', body: text,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)), accept: 'application/json', 'accept-encoding': 'identity', ...bearer === null ? {} : { authorization: `Bearer ${bearer}` } },
      connectTimeoutMs: timeoutMs, firstByteTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs, totalTimeoutMs: timeoutMs,
    })
    if (answer.status !== 200) {
      const problem = new DetectorError('refused', `answered with status ${answer.status}`)
      answer.abort(problem)
      throw problem
    }
    return parsed(await bodyOf(answer))
  } catch (thrown) {
    throw asDetectorError(thrown)
  }
}
