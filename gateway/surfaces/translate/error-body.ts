// What a provider says is wrong, whatever shape it says it in.
import { isObject } from '../request-fields.ts'
import { listOf, textOf } from './members.ts'

export interface SaidError { readonly message: string | null; readonly name: string | null }

/** Longer texts are cut: an error is not a way to send data. */
const longest = 4000

/** AWS names users, roles and accounts of the operator when it refuses; callers have no business with them. */
const withoutArns = (text: string): string => text.replace(/\barn:aws[\w-]*:[\w:/.*@+=,-]+/g, 'arn:…')

/** FastAPI and pydantic: a list of problems, each with its place. */
const problemsOf = (value: unknown): string | null => {
  const problems = listOf(value).filter(isObject).flatMap(problem => {
    const said = textOf(problem['msg'])
    const place = listOf(problem['loc']).filter(part => part !== 'body').join('.')
    return said === null ? [] : [place === '' ? said : `${place}: ${said}`]
  })
  return problems.length === 0 ? null : problems.join('; ')
}

const messageIn = (value: unknown): string | null => {
  if (typeof value === 'string') return value
  if (!isObject(value)) return problemsOf(value)
  return textOf(value['message']) ?? messageOrNull(value['message']) ?? messageOrNull(value['detail']) ?? textOf(value['Message'])
}
const messageOrNull = (value: unknown): string | null => value === undefined || value === null ? null : messageIn(value)

/**
 * | shape | who |
 * |---|---|
 * | `{"error":{"message":…,"type":…,"code":…}}` | OpenAI, Anthropic, most others |
 * | `[{"error":{…}}]` | Google, for streams |
 * | `{"error":"…"}` | Ollama, LM Studio, Together |
 * | `{"message":…}`, `{"Message":…}` | AWS, vLLM |
 * | `{"message":{"detail":[…]}}`, `{"detail":…}` | Mistral, servers on FastAPI |
 */
export const saidError = (body: string): SaidError => {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { message: null, name: null }
  }
  const first: unknown = Array.isArray(value) ? value[0] : value
  const error: unknown = isObject(first) && first['error'] !== undefined && first['error'] !== null ? first['error'] : first
  const message = messageIn(error)
  const name = isObject(error) ? textOf(error['code']) ?? textOf(error['type']) ?? textOf(error['status']) : null
  return { message: message === null || message === '' ? null : withoutArns(message).slice(0, longest), name }
}
