// What became of each client on each provider, as one table at the end.

export type Result = 'passed' | 'failed' | 'skipped' | 'not served'

const results = new Map<string, Map<string, Result>>()

export const noteResult = (client: string, provider: string, result: Result): void => {
  let row = results.get(client)
  if (row === undefined) results.set(client, row = new Map<string, Result>())
  row.set(provider, result)
}

/** Markdown, clients down, providers across. */
export const resultTable = (providers: readonly string[]): string => [
  `| client | ${providers.map(name => `provider: ${name}`).join(' | ')} |`, `|---|${providers.map(() => '---|').join('')}`,
  ...[...results].map(([client, row]) => `| ${client} | ${providers.map(name => row.get(name) ?? '').join(' | ')} |`),
].join('\n')

export const printResults = (providers: readonly string[]): void => { console.log(`\n${resultTable(providers)}\n`) }
