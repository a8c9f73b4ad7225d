// Run as a process of its own, so that it can be killed: appends exchanges to a log in bursts and prints a line for each record that was
// acknowledged (`ack 12`) or refused (`refused 12 …`). Ends when it was told how many, by closing the log.
// Usage: node append-records.ts <folder> <first number> <durability> [how many]
import { writeSync } from 'node:fs'
import { openLog, intent, outcome, keyPathOf } from './entries.ts'

const [folder = '', first = '0', durability = 'written', count = 'Infinity'] = process.argv.slice(2)

// Past the size that a process may write, the kernel sends this; whoever ignores it gets an error from the write.
process.on('SIGXFSZ', () => undefined)

const { log, errors } = openLog(folder, {
  keyPath: keyPathOf(folder), durability: durability as 'written' | 'synced', maxBytes: 40_000, checkpointRecords: 25, clock: () => Date.now(),
})

// Straight to the pipe: what was printed was acknowledged before, whatever happens next.
const say = (text: string): void => { writeSync(1, `${text}\n`) }

let next = Number(first)
const end = next + Number(count)

const burst = (): void => {
  const until = Math.min(end, next + 1 + Math.floor(Math.random() * 5))
  for (; next < until; next += 1) {
    const number = next
    log.append(intent(`x${number}`))
    log.append(outcome(`x${number}`), error => { say(error === undefined ? `ack ${number}` : `refused ${number} ${String(log.writable)} ${(error as NodeJS.ErrnoException).code ?? ''}`) })
  }
  if (next < end) setImmediate(burst)
  else void log.close().then(() => { say(`closed ${errors.length} ${log.written} ${log.failed}`) })
}

say('open')
burst()
