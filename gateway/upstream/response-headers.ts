// Which header fields of an upstream's answer reach the caller. A list of what may pass, so that a new field of a provider can leak nothing.

const passed: ReadonlySet<string> = new Set([
  'content-type',
  'cache-control',
  'retry-after', 'retry-after-ms', // SDKs read both before they retry
  'x-should-retry', // SDKs obey it over the status
  'request-id', 'x-request-id', // for support cases with the provider
])

// anthropic-ratelimit-*, openai-processing-ms, openai-version, x-ratelimit-*: clients pace themselves by these.
const passedPrefixes = ['x-ratelimit-', 'anthropic-', 'openai-'] as const
// These name the operator's account at the provider.
const withheld: ReadonlySet<string> = new Set(['openai-organization', 'openai-project', 'anthropic-organization-id'])

const mayPass = (name: string): boolean =>
  passed.has(name) || (passedPrefixes.some(prefix => name.startsWith(prefix)) && !withheld.has(name))

/** The fields to send on; hop-by-hop fields, cookies, lengths and the upstream's own infrastructure stay behind. */
export const responseHeadersToForward = (headers: Readonly<Record<string, string>>): Record<string, string> => {
  const forwarded: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && mayPass(name)) forwarded[name] = value
  }
  return forwarded
}
