// What an answer says, for flow tests of both dialects.

/** Text of an answer, stream or not, in either dialect: of its deltas, in their order. */
export const textOf = (body: string): string => {
  const values = body.startsWith('{') ? [body] : body.split('\n').filter(line => line.startsWith('data: {')).map(line => line.slice(6))
  let text = ''
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'string' && ['content', 'text', 'arguments', 'partial_json'].includes(key)) text += value
    else if (key === 'input' && typeof value === 'object') text += JSON.stringify(value)
    else if (typeof value === 'object' && value !== null) for (const [inner, member] of Object.entries(value)) visit(member, Array.isArray(value) ? key : inner)
  }
  for (const value of values) visit(JSON.parse(value), '')
  return text
}
