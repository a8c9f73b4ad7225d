import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDataFolder } from '../../../gateway/pipeline/data-folder.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

test('the folder is made, with the folders above it, for its owner alone and outside of repositories', t => {
  const path = join(scratchFolder(t), 'deep', 'data')
  const folder = openDataFolder(path)
  t.after(() => { folder.release() })
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o700)
  assert.equal(readFileSync(join(path, '.gitignore'), 'utf8'), '*\n')
})

test('a folder that was open to others is closed to them', { skip: process.platform === 'win32' }, t => {
  const path = join(scratchFolder(t), 'data')
  mkdirSync(path, { mode: 0o777 })
  const folder = openDataFolder(path)
  t.after(() => { folder.release() })
  assert.equal(statSync(path).mode & 0o077, 0)
})

test('what is in it stays, also a .gitignore of one\'s own', t => {
  const path = scratchFolder(t)
  writeFileSync(join(path, '.gitignore'), 'mine\n')
  openDataFolder(path).release()
  assert.equal(readFileSync(join(path, '.gitignore'), 'utf8'), 'mine\n')
})

test('one gateway has it at a time', t => {
  const path = join(scratchFolder(t), 'data')
  const first = openDataFolder(path)
  assert.throws(() => openDataFolder(path), { message: `the data folder ${path} is in use by another gateway; stop it, or name another folder with --data` })
  first.release()
  openDataFolder(path).release()
})
