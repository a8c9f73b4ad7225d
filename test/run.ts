// Runs the named suites (folders of test/) with node:test and ends with the line `N passed, N failed`.
// Usage: node test/run.ts unit flow …   A path of a single *.test.ts file works too.
import { globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const root = resolve(import.meta.dirname, '..')

const filesOf = (name: string): string[] => {
  const path = [resolve(name), join(root, 'test', name)].find(candidate => statSync(candidate, { throwIfNoEntry: false }) !== undefined)
  if (path === undefined) return []
  return statSync(path).isFile() ? [path] : globSync('**/*.test.ts', { cwd: path }).map(file => join(path, file)).sort()
}

const files = process.argv.slice(2).flatMap(filesOf)
let passed = 0
let failed = 0
let skipped = 0

// Installing and running real clients and servers takes as long as it takes: one of them is compiled first.
const timeout = process.argv.some(name => /\binterop\b/.test(name)) ? 3_600_000 : 120_000
const stream = run({ files, concurrency: 2, timeout })
const isSuite = (details: { type?: string | undefined }): boolean => details.type === 'suite'
stream.on('test:pass', event => {
  if (isSuite(event.details)) return
  if (event.skip === undefined) passed += 1
  else skipped += 1
})
stream.on('test:fail', event => { if (!isSuite(event.details)) failed += 1 })
const report = stream.compose(new spec()) as NodeJS.ReadableStream
report.on('end', () => {
  // A run that found nothing to run has not passed.
  if (passed + failed === 0) failed = 1
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed === 0 ? 0 : 1
})
report.pipe(process.stdout)
