// Small questions about credentials: over HTTP to an endpoint that hands them out, or to a program. Answers are bounded in size and time,
// and neither they nor what was sent is ever part of a message.
import { execFile } from 'node:child_process'
import type { Answer, HttpSend } from '../../exchange/answer.ts'
import { Failure } from '../../exchange/failure.ts'

export interface Http { send(request: HttpSend, signal?: AbortSignal): Promise<Answer> }

export interface Question {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const longestAnswer = 256 * 1024
const patienceMs = 10_000

const bodyOf = (answer: Answer): Promise<string> => new Promise((resolve, reject) => {
  const chunks: Buffer[] = []
  let size = 0
  answer.attach({
    data: chunk => {
      size += chunk.length
      if (size <= longestAnswer) chunks.push(chunk)
      else {
        const failure = new Failure('upstream.protocol', 'An endpoint for credentials answered at length.')
        answer.abort(failure)
        reject(failure)
      }
      return true
    },
    end: () => { resolve(Buffer.concat(chunks).toString()) },
    fail: reject,
  })
})

/** The provider is named by its id in the configuration; nothing else of the credential is. */
export const noCredentialFrom = (provider: string, why: string, cause?: unknown): Failure =>
  new Failure('upstream.refused', `No credential for the provider ${provider}: ${why}.`, {
    detail: { provider, remedy: 'An operator should check the provider\'s credential in the configuration, and whether its source can be reached.' }, ...cause === undefined ? {} : { cause },
  })

/** OAuth's own word for what is wrong (RFC 6749, section 5.2) is safe to repeat; descriptions may hold anything. */
const reasonIn = (text: string): string => {
  const found = /"(?:error|code|__type)"\s*:\s*"([a-zA-Z_.]{1,60})"/.exec(text)?.[1]
  return found === undefined ? '' : `, ${found}`
}

/** @returns the text of a 2xx answer @throws Failure upstream.* naming the provider */
export const askHttp = async (http: Http, provider: string, { body, headers = {}, method, url }: Question): Promise<string> => {
  const { origin, pathname, search } = new URL(url)
  let answer: Answer
  let text: string
  try {
    answer = await http.send({
      origin, path: pathname + search, method, headers: { 'accept-encoding': 'identity', ...headers }, body: body ?? null,
      connectTimeoutMs: patienceMs, firstByteTimeoutMs: patienceMs, idleTimeoutMs: patienceMs,
    })
    text = await bodyOf(answer)
  } catch (thrown) {
    const code = thrown instanceof Failure ? thrown.code : 'upstream.connect'
    throw new Failure(code, `No credential for the provider ${provider}: the endpoint that hands it out did not answer.`, { detail: { provider }, cause: thrown })
  }
  if (answer.status < 200 || answer.status > 299) throw noCredentialFrom(provider, `the endpoint that hands it out answered with HTTP status ${answer.status}${reasonIn(text)}`)
  return text
}

/** A program sees what it needs to find its own files, and none of the gateway's other secrets. */
const passedOn = /^(?:PATH|HOME|USER|LANG|TMPDIR|SystemRoot|APPDATA|USERPROFILE|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|AWS_.*|GOOGLE_.*|CLOUDSDK_.*|AZURE_.*)$/

export const environmentForCommand = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => passedOn.test(name)))

/** @returns what the program printed @throws Failure upstream.refused naming the provider */
export const askCommand = (provider: string, command: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> => new Promise((resolve, reject) => {
  const [program = '', ...args] = command
  execFile(program, args, { timeout: 3 * patienceMs, maxBuffer: longestAnswer, env: environmentForCommand(environment), windowsHide: true }, (error, stdout) => {
    // The error's text would repeat the command line and what was printed.
    if (error !== null) reject(noCredentialFrom(provider, `the command that prints it failed (${typeof error.code === 'number' ? `exit code ${error.code}` : error.killed === true ? 'it took too long' : 'it could not be run'})`))
    else resolve(stdout.trim())
  })
})

/** @throws Failure upstream.refused for what is no JSON object */
export const objectIn = (provider: string, text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Below: the text itself is not repeated.
  }
  throw noCredentialFrom(provider, 'what hands it out answered something that is not a JSON object')
}
