// npm run docs: makes the generated parts of the README anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { withReferences } from './reference.ts'

const file = resolve(import.meta.dirname, '../../../README.md')
writeFileSync(file, withReferences(readFileSync(file, 'utf8')))
