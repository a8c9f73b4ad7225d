// Work that cannot be finished at once: it needs something first, and is then done again from its beginning.

/** Not a failure: whoever gets it waits for `ready` and does its work again. */
export class Pending extends Error {
  readonly ready: () => Promise<void>

  constructor(message: string, ready: () => Promise<void>) {
    super(message)
    this.name = 'Pending'
    this.ready = ready
  }
}
