// The operator of the gateway under test: asks the admin plane for the address of a login, goes there as a browser would, and is sent back to the
// gateway's callback by the suite's authorization server, which asks nobody.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

export interface Operator {
  /** Does the server want a login that somebody could do something about? */
  wanted(): Promise<boolean>
  /** Logs in. @throws when the gateway refuses */
  login(): Promise<void>
}

export const operatorOf = (admin: string, dataFolder: string, server: string): Operator => {
  const headers = { authorization: `Bearer ${readFileSync(join(dataFolder, 'admin.key'), 'utf8').trim()}` }
  const endpoint = `${admin}/servers/${server}/login`
  return {
    wanted: async () => z.object({ state: z.string() }).parse(await (await fetch(endpoint, { headers })).json()).state === 'needed',
    login: async () => {
      const started = await fetch(endpoint, { method: 'POST', headers })
      const text = await started.text()
      if (!started.ok) throw new Error(`The gateway starts no login: ${text}`)
      const answer = await fetch(z.object({ authorization_url: z.string() }).parse(JSON.parse(text)).authorization_url)
      if (!answer.ok) throw new Error(`The login failed: ${await answer.text()}`)
    },
  }
}
