// So many calls at once, the others in their order. Who waits too long leaves the queue.

interface Waiting { readonly enter: (entered: boolean) => void }

export class Slots {
  #free: number
  readonly #queue = new Set<Waiting>()

  constructor(count: number) { this.#free = count }

  /** Resolves to false where there was no place in time. */
  enter(waitMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve(true)
    }
    return new Promise(resolve => {
      const waiting: Waiting = { enter: entered => {
        clearTimeout(timer)
        this.#queue.delete(waiting)
        resolve(entered)
      } }
      const timer = setTimeout(() => { waiting.enter(false) }, waitMs)
      this.#queue.add(waiting)
    })
  }

  leave(): void {
    const [next] = this.#queue
    if (next === undefined) this.#free += 1
    else next.enter(true)
  }
}
