// Says what an SQL argument does, conservatively: whatever this reader does not understand is reported as not parsed, and policies
// treat that as a write. It never executes or rewrites SQL.
import type { Facts } from '../../policies/engine/contract.ts'

type SqlFacts = NonNullable<Facts['sql']>

/** Argument names that carry SQL by convention of database MCP servers. */
const sqlArguments = ['sql', 'query', 'statement']
const statementWord = /^\s*(?:--[^\n]*\n\s*|\/\*[^*]*\*\/\s*)*(select|with|values|insert|update|delete|replace|merge|create|drop|alter|truncate|grant|revoke|pragma|attach|detach|vacuum|explain|begin|commit|rollback|copy|call|do|set|show|describe|use|load|analyze|reindex)\b/i

const writes = new Set([
  'insert', 'update', 'delete', 'replace', 'merge', 'create', 'drop', 'alter', 'truncate', 'grant', 'revoke', 'into', 'copy', 'call', 'do',
  'attach', 'detach', 'pragma', 'vacuum', 'analyze', 'reindex', 'set', 'lock', 'begin', 'commit', 'rollback', 'savepoint', 'release', 'use', 'load', 'returning',
])
/** Functions without side effects that common engines share; a call of any other makes the statement unparsed. */
const pureFunctions = new Set([
  'count', 'sum', 'avg', 'min', 'max', 'total', 'group_concat', 'string_agg', 'abs', 'round', 'length', 'lower', 'upper', 'trim', 'ltrim', 'rtrim', 'substr',
  'substring', 'replace', 'coalesce', 'ifnull', 'nullif', 'iif', 'cast', 'date', 'time', 'datetime', 'strftime', 'julianday', 'extract', 'date_trunc', 'now',
  'row_number', 'rank', 'dense_rank', 'lag', 'lead', 'first_value', 'last_value', 'ntile', 'json_extract', 'instr', 'printf', 'format', 'concat', 'floor', 'ceil', 'mod',
])
/** Words that may stand before "(" without being a function. */
const beforeParenthesis = new Set([
  'in', 'from', 'join', 'as', 'and', 'or', 'not', 'on', 'where', 'select', 'exists', 'over', 'values', 'union', 'all', 'except', 'intersect', 'case', 'when', 'then', 'else',
  'with', 'by', 'having', 'using', 'filter', 'distinct', 'any', 'some', 'between', 'like', 'partition', 'materialized', 'recursive', 'limit', 'offset',
])

interface Token { readonly text: string; readonly word: boolean; readonly quoted: boolean }

// One token a match; the alternatives exclude each other by their first characters, so the scan is linear.
const tokenPattern = /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[A-Za-z_][\w$]*|\d[\w.]*|[^\s]/gy

// $$ bodies, backslash escapes and unclosed quotes are read differently by different engines.
const ambiguous = new Set(["'", '"', '`', '[', '$', '\\', '#'])

/** Is this where engines part ways? MySQL takes "--" for a comment only before white space, and an unclosed comment means anything. */
const isAmbiguous = (text: string, next: string): boolean =>
  (text.startsWith('--') && text.length > 2 && !/\s/.test(text.charAt(2))) || (text === '/' && next === '*')
  || ambiguous.has(text) || (text.startsWith("'") && text.includes('\\'))

/** White space, comments and text literals say nothing about what a statement does. */
const isSilent = (text: string): boolean =>
  /^\s/.test(text) || text.startsWith('--') || (text.startsWith('/*') && text.length > 1) || text.startsWith("'")

/** Tokens without comments and literals; null where a quote or comment is not closed, or a dialect's extra quoting appears. */
const tokensOf = (sql: string): Token[] | null => {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  for (let match = tokenPattern.exec(sql); match !== null; match = tokenPattern.exec(sql)) {
    const text = match[0]
    if (isAmbiguous(text, sql.charAt(tokenPattern.lastIndex))) return null
    if (isSilent(text)) continue
    const first = text.charAt(0)
    const quoted = first === '"' || first === '`' || first === '['
    tokens.push({ text: quoted ? text.slice(1, -1) : text.toLowerCase(), word: quoted || /[A-Za-z_]/.test(first), quoted })
  }
  return sql.includes('/*!') ? null : tokens
}

const splitStatements = (tokens: readonly Token[]): Token[][] => {
  const statements: Token[][] = [[]]
  for (const token of tokens) {
    if (token.text === ';' && !token.quoted) statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter(statement => statement.length > 0)
}

const tablesOf = (statement: readonly Token[]): string[] => statement
  .filter((token, index) => token.word && index > 0 && ['from', 'join', 'into', 'update', 'table'].includes(statement[index - 1]?.text ?? ''))
  .map(token => token.text)

const callsUnknown = (statement: readonly Token[]): boolean => statement.some((token, index) =>
  token.word && statement[index + 1]?.text === '(' && (token.quoted || (!pureFunctions.has(token.text) && !beforeParenthesis.has(token.text))
    // A common table expression: `name (` after WITH or a comma is followed by a column list and AS.
    && !(index > 0 && ['with', ',', 'recursive'].includes(statement[index - 1]?.text ?? '') && statement.slice(index, index + 40).some(later => later.text === 'as'))))

const kindOf = (statement: readonly Token[]): string => {
  const head = statement[0]?.text ?? ''
  const written = statement.find((token, index) => token.word && !token.quoted && writes.has(token.text) && !(token.text === 'replace' && statement[index + 1]?.text === '('))
  if (written !== undefined) return written.text === 'into' ? 'insert' : written.text
  return head === 'with' || head === 'values' ? 'select' : head
}

const unparsed: SqlFacts = Object.freeze({ parsed: false, kinds: Object.freeze([]), tables: Object.freeze([]), has_where: null, statements: 0 })

/** Facts of one SQL text. */
export const readSql = (sql: string): SqlFacts => {
  const tokens = sql.length > 100_000 ? null : tokensOf(sql)
  if (tokens === null) return unparsed
  const statements = splitStatements(tokens)
  if (statements.length === 0 || statements.some(callsUnknown)) return { ...unparsed, statements: statements.length }
  return {
    parsed: true,
    kinds: [...new Set(statements.map(kindOf))],
    tables: [...new Set(statements.flatMap(tablesOf))],
    has_where: statements.every(statement => statement.some(token => token.text === 'where' && !token.quoted)),
    statements: statements.length,
  }
}

/** SQL facts of tool arguments, or null where no argument is SQL. Several SQL arguments are more than this reader judges. */
export const sqlFactsOf = (args: Readonly<Record<string, unknown>> | null): Facts['sql'] => {
  if (args === null) return null
  const found = sqlArguments.map(name => args[name]).filter((value): value is string => typeof value === 'string' && statementWord.test(value))
  if (found.length === 0) return null
  return found.length === 1 ? readSql(found[0] ?? '') : unparsed
}
