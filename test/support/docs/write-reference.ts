// npm run docs: makes the generated parts of the README anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { withFigures, withReferences, withScores } from './reference.ts'

const root = resolve(import.meta.dirname, '../../..')
const file = resolve(root, 'README.md')
const report = readFileSync(resolve(root, 'test/bench/results/bench.md'), 'utf8')
const matrix = readFileSync(resolve(root, 'test/conformance/results/matrix.md'), 'utf8')
writeFileSync(file, withScores(withFigures(withReferences(readFileSync(file, 'utf8')), report), matrix))
