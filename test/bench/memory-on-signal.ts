// Loaded into a gateway that is measured (`--expose-gc --import`): on SIGUSR2 it collects garbage and prints what is left.
import { setTimeout as sleep } from 'node:timers/promises'

process.on('SIGUSR2', () => {
  void (async () => {
    // Twice: what the first one finalises, the second one frees.
    await globalThis.gc?.({ execution: 'async', type: 'major' })
    await sleep(100)
    await globalThis.gc?.({ execution: 'async', type: 'major' })
    const { rss, heapUsed, external } = process.memoryUsage()
    process.stderr.write(`${JSON.stringify({ memory: { rss, heapUsed, external } })}\n`)
  })()
})
