// Asks the client of a session what a server wants to know, on the stream of the call that the server is answering.
import { Failure } from '../exchange/failure.ts'
import type { McpOwner, QuestionAnswer, ServerQuestion } from '../exchange/mcp.ts'
import type { McpReplyWriter } from '../surfaces/mcp/reply.ts'
import { canBeAsked } from '../surfaces/mcp/client-capabilities.ts'
import type { McpSession } from '../surfaces/mcp/session.ts'
import { Question, type AskedIn } from './question.ts'

export interface LiveCaller {
  readonly session: McpSession
  readonly owner: McpOwner
  readonly writer: McpReplyWriter
  /** Ends with the call. */
  readonly signal: AbortSignal
  /** Longest wait for an answer, milliseconds. */
  readonly patienceMs: number
}

export const notOffered: QuestionAnswer = { kind: 'error', text: '{"code":-32601,"message":"The client does not offer that method."}' }

/** How a server hears that it may not ask, or gets no answer: as if the user had said no. */
export const declined = ({ method }: ServerQuestion, why: string): QuestionAnswer => method === 'elicitation/create'
  ? { kind: 'result', text: '{"action":"decline"}' }
  : { kind: 'error', text: JSON.stringify({ code: -1, message: why }) }

const because = (thrown: unknown): string => thrown instanceof Failure ? thrown.message : 'The gateway failed unexpectedly.'

const wait = (caller: LiveCaller, asked: ServerQuestion, params: string | null, takenBack: AbortSignal): Promise<QuestionAnswer> => new Promise((resolve, reject) => {
  const { session, signal, writer, patienceMs } = caller
  const { idText, forget } = session.expect(answer => { finish(() => { resolve(answer) }) })
  const leave = (failure: Failure) => () => {
    finish(() => { reject(failure) })
    writer.notify('notifications/cancelled', `{"requestId":${idText}}`)
  }
  const ended = leave(new Failure('client.gone', 'The call ended before the question was answered.'))
  const timer = setTimeout(leave(new Failure('upstream.timeout', `The client did not answer ${asked.method} within ${patienceMs} ms.`)), patienceMs)
  const finish = (settle: () => void): void => {
    clearTimeout(timer)
    forget()
    signal.removeEventListener('abort', ended)
    takenBack.removeEventListener('abort', ended)
    settle()
  }
  signal.addEventListener('abort', ended, { once: true })
  takenBack.addEventListener('abort', ended, { once: true })
  if (!writer.request(idText, asked.method, params)) finish(() => { resolve(notOffered) })
})

/**
 * Decides a question, asks it, and inspects the answer. What policy does not allow reads to the server as a "no" of the user.
 * @throws Failure client.gone | upstream.timeout
 */
export const askCaller = async (caller: LiveCaller, asked: ServerQuestion, askedIn: AskedIn, takenBack: AbortSignal): Promise<QuestionAnswer> => {
  let permitted: Awaited<ReturnType<typeof Question.permit>>
  try {
    permitted = await Question.permit(asked, askedIn)
  } catch (thrown) {
    return declined(asked, because(thrown))
  }
  if (permitted === null) return notOffered
  const { question, params } = permitted
  if (!canBeAsked(caller.owner.capabilities, question.capability)) {
    question.fail(new Failure('request.unsupported', 'The client did not declare this capability.'))
    return notOffered
  }
  let answer: QuestionAnswer
  try {
    answer = await wait(caller, asked, params, takenBack)
  } catch (thrown) {
    question.fail(thrown)
    throw thrown
  }
  try {
    return await question.answer(answer)
  } catch (thrown) {
    return declined(asked, because(thrown))
  }
}
