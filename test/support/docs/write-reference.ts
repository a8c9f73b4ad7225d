// npm run docs: makes the generated parts of the README anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { matrixTable } from '../../contract/matrix/table.ts'
import { withFigures, withMatrix, withReferences, withScores } from './reference.ts'

const root = resolve(import.meta.dirname, '../../..')
const file = resolve(root, 'README.md')
const results = resolve(root, 'test/bench/results')
const textOf = (name: string): string => readFileSync(resolve(results, name), 'utf8')
const mcp = `${textOf('mcp.md')}\n${textOf('mcp-soak.md')}`
const matrix = readFileSync(resolve(root, 'test/conformance/results/matrix.md'), 'utf8')
const readme = withMatrix(withReferences(readFileSync(file, 'utf8')), matrixTable())
const figures = withFigures(withFigures(withFigures(readme, textOf('bench.md')), mcp, 'bench-mcp'), textOf('stream.md'), 'bench-stream')
writeFileSync(file, withScores(figures, matrix))
