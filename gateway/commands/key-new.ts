// Makes a gateway key. The key is shown once and stored nowhere; the configuration holds its hash.
import { hashKey, newKey } from '../../registry/key.ts'
import type { Command } from './command.ts'

export const keyNew: Command = () => {
  const key = newKey()
  process.stdout.write(`key:  ${key}\nhash: ${hashKey(key)}\n\nGive the key to the agent; put the hash under keys[].hash. The key cannot be shown again.\n`)
  return Promise.resolve(0)
}
