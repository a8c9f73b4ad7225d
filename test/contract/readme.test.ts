// The README is part of the product: what it says about configuration, errors and commands has to be true.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { parseConfig } from '../../gateway/config/load.ts'
import { failureTable } from '../../gateway/exchange/failure.ts'
import { withMatrix, withReferences } from '../support/docs/reference.ts'
import { matrixTable } from './matrix/table.ts'

const root = resolve(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

test('the configuration reference and the error table are what the code says (npm run docs makes them)', () => {
  assert.equal(withReferences(readme), readme)
})

test('the matrix of dialects is what the golden files say (npm run docs makes it)', () => {
  assert.equal(withMatrix(readme, matrixTable()), readme)
})

test('every failure code is documented', () => {
  for (const code of Object.keys(failureTable)) assert.ok(readme.includes(`\`${code}\``), code)
})

test('every npm command that the README names exists', () => {
  const named = [...readme.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(match => match[1] ?? '')
  assert.ok(named.length > 5)
  for (const name of named) assert.ok(scripts[name] !== undefined, `npm run ${name}`)
})

test('every link to a file of the project leads somewhere', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => match[1] ?? '')
  assert.ok(links.length > 0)
  for (const link of links) assert.doesNotThrow(() => readFileSync(join(root, link)), link)
})

test('the configuration that the README shows is one', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? []
  const config = parseConfig('README.md', parse(yaml))
  assert.equal(config.keys[0]?.subject.id, 'alice')
})

test('providers that the README shows are accepted', () => {
  const blocks = [...readme.matchAll(/```yaml\n(providers:[\s\S]*?)```/g)].map(match => parseConfig('README.md', parse(match[1] ?? '')))
  assert.ok(blocks.filter(({ providers }) => providers.length > 3).length >= 2)
  for (const { providers } of blocks) assert.ok(providers.length > 0)
})
