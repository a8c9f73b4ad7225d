// npm run docs: makes the generated parts of the README anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { withFigures, withReferences } from './reference.ts'

const root = resolve(import.meta.dirname, '../../..')
const file = resolve(root, 'README.md')
const report = readFileSync(resolve(root, 'test/bench/results/bench.md'), 'utf8')
writeFileSync(file, withFigures(withReferences(readFileSync(file, 'utf8')), report))
