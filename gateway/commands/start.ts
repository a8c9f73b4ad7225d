// Runs the gateway until it is told to stop. Standard output gets one JSON line when it listens; the log goes to standard error.
import { setFlagsFromString } from 'node:v8'
import pino from 'pino'
import { assemble } from '../assemble.ts'
import { loadConfig } from '../config/load.ts'
import type { Command } from './command.ts'

// V8 notices which allocations survive and lets later ones of the same place be born old. Here that feeds on itself: objects of calls that wait for
// upstreams survive, later ones are born old, and once dead they keep whole exchanges alive until the next full collection. V8 reads it as it runs.
const keepTheYoungYoung = (): void => { setFlagsFromString('--no-allocation-site-pretenuring') }

export const start: Command = async options => {
  keepTheYoungYoung()
  const load = () => loadConfig({
    file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }),
  })
  const loaded = load()
  const log = pino({ level: loaded.config.log.level, base: null }, pino.destination({ dest: 2, sync: true }))
  const gateway = await assemble({ loaded, load, observe: options.observe, environment: options.environment, log })

  const stopped = Promise.withResolvers<number>()
  let stopping = false
  const stop = (signal: string): void => {
    // A second Ctrl-C means now; a SIGTERM behind a Ctrl-C is a parent that passes it on.
    if (stopping && signal === 'SIGINT') process.exit(130)
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    gateway.close().then(() => { stopped.resolve(0) }, (error: unknown) => { stopped.reject(error) })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', () => { void gateway.reload('SIGHUP') })
  // One broken exchange must not take the others with it; what reaches this line is a defect and is logged with its stack.
  process.on('uncaughtException', error => { log.error({ err: error }, 'defect: uncaught exception') })
  process.on('unhandledRejection', error => { log.error({ err: error }, 'defect: unhandled rejection') })
  // Said last: whoever reads it may send a signal at once, and must not meet the system's way of handling it.
  process.stdout.write(`${JSON.stringify({ msg: 'listening', data: gateway.url, admin: gateway.adminUrl })}\n`)
  return stopped.promise
}
