// Does this look like a secret? It errs towards yes: what is taken for one is not stored and not shown, and costs an environment variable.

const secretName = /key|token|secret|passw|pwd|passphrase|credential|auth(?!or(?!i))|cookie|private|bearer|dsn|signature|pat$|connection.?string|database.?url|webhook/i
/** A name that ends so says where something is, not what it is. */
const placeName = /(?:file|path|dir|folder|name|id|env)$/i
const secretValue = new RegExp([
  String.raw`^(?:sk|pk|rk)[-_]`, String.raw`^gh[pousr]_`, '^github_pat_', '^glpat-', '^xox[a-z]-', '^(?:AKIA|ASIA)[A-Z0-9]{8}', '^AIza', String.raw`^ya29\.`,
  String.raw`^eyJ[\w-]{8,}\.`, '^-----BEGIN', '(?:^|: ?)(?:Bearer|Basic|Token) ', String.raw`://[^/\s:@]*:[^/\s@]+@`, '^[0-9a-fA-F]{32,}$',
  String.raw`^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+=-]{24,}$`,
].join('|'))

/** A value that is only a reference of the client's own kind, e.g. `${TOKEN}` or `${input:token}`. */
const reference = /^\$\{[^}]*\}$/
/** A switch or a small number is none, whatever its name: `--max-tokens 500`. */
const setting = /^(?:true|false|\d{1,6})$/

export const nameLooksSecret = (name: string): boolean => secretName.test(name) && !placeName.test(name)
export const valueLooksSecret = (value: string): boolean => secretValue.test(value)

const pairIn = (word: string, next: string | undefined): { name: string; value: string } | null => {
  const equals = word.indexOf('=')
  if (equals > 0) return { name: word.slice(0, equals), value: word.slice(equals + 1) }
  return word.startsWith('-') && next !== undefined && !next.startsWith('-') ? { name: word, value: next } : null
}

/** Position of the first argument that carries a secret, or -1. Command lines can be read by every process of the machine. */
export const secretArgument = (args: readonly string[]): number => args.findIndex((word, at) => {
  if (valueLooksSecret(word)) return true
  const pair = pairIn(word, args[at + 1])
  return pair !== null && pair.value !== '' && !reference.test(pair.value) && !setting.test(pair.value) && (valueLooksSecret(pair.value) || nameLooksSecret(pair.name))
})

/** Does a URL carry a credential, in front of the host or in its query? */
export const secretInUrl = (url: string): boolean => {
  const parsed = URL.parse(url)
  return parsed !== null && (parsed.username !== '' || parsed.password !== '' || [...parsed.searchParams].some(([name, value]) => nameLooksSecret(name) || valueLooksSecret(value)))
}
