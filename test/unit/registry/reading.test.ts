// The small judgements that approval rests on: what is one version, what looks like a secret, what may be shown.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compareVersions, isExactNpm, isExactPypi, isOneVersion } from '../../../registry/exact-version.ts'
import { withoutComments } from '../../../registry/json-comments.ts'
import { nameLooksSecret, secretArgument, secretInUrl, valueLooksSecret } from '../../../registry/secret-like.ts'
import { showCommand, showText } from '../../../registry/show-text.ts'

test('only a complete version is exact; ranges, wildcards and moving names are not', () => {
  for (const version of ['1.2.3', '0.0.1-rc.1', '1.2.3+build.5']) assert.ok(isExactNpm(version), version)
  for (const version of ['', '1', '1.2', '^1.2.3', '~1.2.3', '>=1.2.3', '1.x', '*', 'latest', 'next', '1.2.3 || 2', '1.2.3 - 2.0.0']) assert.ok(!isExactNpm(version), version)
  for (const version of ['1', '1.2', '2024.1.0', '1.0rc1', '1!2.0', '1.0.post1', '1.0.dev3+local.1']) assert.ok(isExactPypi(version), version)
  for (const version of ['', '1.*', '>=1', '~=1.2', 'latest', '1.0,<2']) assert.ok(!isExactPypi(version), version)
  for (const version of ['1.0.2', '2.1.0-alpha', 'v3', '2025-12-11', 'abc']) assert.ok(isOneVersion(version), version)
  for (const version of ['', 'latest', 'LATEST', '^1.2.3', '~1', '>=1', '1.x', '1.X.0', '1.*', '1 || 2', '1.0 - 2.0', '1.0\u001b[2J', '1.0\u202e']) assert.ok(!isOneVersion(version), version)
})

test('versions are ordered by number, a pre-release before its release', () => {
  const ordered = ['0.9', '1.0.0-alpha', '1.0.0-alpha.2', '1.0.0-alpha.10', '1.0.0', '1.0.1', '1.2', '1.10.0', 'v2.0.0']
  assert.deepEqual(ordered.toReversed().sort(compareVersions), ordered)
  assert.equal(compareVersions('1.0.0+a', '1.0.0+b'), 0)
})

test('secrets are known by their name or by their form', () => {
  for (const name of ['API_KEY', 'GITHUB_TOKEN', 'DB_PASSWORD', 'Authorization', 'SLACK_WEBHOOK', 'DATABASE_URL', 'GITHUB_PAT', 'connectionString']) assert.ok(nameLooksSecret(name), name)
  for (const name of ['MODE', 'GIT_AUTHOR_NAME', 'KEY_FILE', 'TOKEN_PATH', 'LOG_LEVEL', 'ALLOWED_DIR', 'API_KEY_ID']) assert.ok(!nameLooksSecret(name), name)
  for (const value of ['sk-abc', 'ghp_123', 'github_pat_1', 'xoxb-1', 'AKIAIOSFODNN7EXAMPLE', 'eyJhbGciOiJI.x', 'Bearer x', 'postgres://u:p@h/db', 'a'.repeat(32), 'Ab1'.repeat(9)]) assert.ok(valueLooksSecret(value), value)
  for (const value of ['fast', '/srv/files', '@scope/server-with-a-long-name@1.2.3', 'https://api.example.com/v1', '2026-01-01', 'a-long-but-plain-name-of-something']) assert.ok(!valueLooksSecret(value), value)
})

suite('secrets in arguments', () => {
  const table: readonly (readonly [readonly string[], number])[] = [
    [['-y', 'server@1.2.3', '/srv'], -1], [['--api-key', 'abc'], 0], [['x', '--api-key=abc'], 1], [['run', '-e', 'TOKEN=abc', 'image'], 2], [['run', '-e', 'TOKEN', 'image'], -1],
    [['--token', '${TOKEN}'], -1], [['--token', '--verbose'], -1], [['--key-file', '/x'], -1], [['postgresql://me:pw@host/db'], 0], [['--header', 'Authorization: Bearer abc'], 0], [['sk-live-123'], 0],
    [['--max-tokens', '5'], -1],
  ]
  for (const [args, at] of table) test(`${args.join(' ')}: ${at}`, () => { assert.equal(secretArgument(args), at) })
})

test('addresses with credentials are known', () => {
  for (const url of ['https://u:p@x.example/', 'https://x.example/mcp?api_key=1', 'https://x.example/mcp?k=ghp_1']) assert.ok(secretInUrl(url), url)
  for (const url of ['https://x.example/mcp', 'https://x.example/mcp?mode=fast', 'not a url']) assert.ok(!secretInUrl(url), url)
})

test('a command line is shown as what it is: nothing in it can move the cursor, hide or turn around', () => {
  assert.equal(showCommand('npx', ['-y', '@s/p@1.2.3', 'a b', '$(id)', '"q"', '']), 'npx -y @s/p@1.2.3 "a b" "$(id)" "\\"q\\"" ""')
  assert.equal(showCommand('npx', ['\u001b[2K\u001b[1A', 'a\u202eb', 'раураl']), 'npx "\\u{1b}[2K\\u{1b}[1A" "a\\u{202e}b" "\\u{440}\\u{430}\\u{443}\\u{440}\\u{430}l"')
  assert.equal(showText('Grüße\u001b[31m\u200b\n'), 'Grüße\\u{1b}[31m\\u{200b}\\u{a}')
})

test('comments and trailing commas go, strings stay', () => {
  const text = '\uFEFF{ // one\n "a": "// not /* one */ ,]", /* two\n lines */ "b": [1, 2, /*x*/ ], "c": "\\"//",\n}'
  assert.deepEqual(JSON.parse(withoutComments(text)), { a: '// not /* one */ ,]', b: [1, 2], c: '"//' })
  assert.throws(() => { JSON.parse(withoutComments('{"a": 1,, }')) })
})
