// One request of the stateless era without an SDK, where the SDK would decide something that is the gateway's to decide.
let lastId = 0

/** @returns the result @throws with the error's text */
export const rawRequest = async (url: string, method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> => {
  const name = params['name']
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' }, 'io.modelcontextprotocol/clientCapabilities': {} }
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json', 'accept': 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method,
      ...typeof name === 'string' ? { 'mcp-name': name } : {},
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: lastId += 1, method, params: { ...params, _meta: meta } }),
  })
  const text = await response.text()
  const data = response.headers.get('content-type')?.startsWith('text/event-stream') === true
    ? text.split('\n').filter(line => line.startsWith('data: ')).at(-1)?.slice('data: '.length) ?? '' : text
  const { error, result } = JSON.parse(data) as { error?: { message: string }; result?: unknown }
  if (error !== undefined) throw new Error(`${method}: ${error.message}`)
  return result
}
