// fdatasync shared by everybody who waits: one runs at a time, and the next one serves all that came meanwhile.
import { fdatasync } from 'node:fs'

export type Acknowledge = (error?: Error) => void

export class GroupSync {
  #waiting: Acknowledge[] = []
  #running = false
  #fd = -1
  #free: (() => void)[] = []
  #idle: (() => void)[] = []

  /** Calls `done` after a sync of `fd` that began after this call. */
  add(fd: number, done: Acknowledge): void {
    this.#fd = fd
    this.#waiting.push(done)
    if (!this.#running) this.#run()
  }

  /** Runs `then` as soon as no sync is under way that could use a former file. */
  whenFree(then: () => void): void {
    if (this.#running) this.#free.push(then)
    else then()
  }

  /** Resolves when nobody waits. */
  idle(): Promise<void> {
    return this.#running ? new Promise(resolve => { this.#idle.push(resolve) }) : Promise.resolve()
  }

  #run(): void {
    const served = this.#waiting
    this.#waiting = []
    this.#running = true
    fdatasync(this.#fd, error => {
      for (const then of this.#free.splice(0)) then()
      for (const done of served) done(error ?? undefined)
      this.#running = false
      if (this.#waiting.length > 0) this.#run()
      else for (const resolve of this.#idle.splice(0)) resolve()
    })
  }
}
