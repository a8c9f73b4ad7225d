// Who comes next when there is not room for all: flows take turns, and within a flow the first to come goes first. With k flows waiting,
// each gets at least every k-th place, however many entries another has. Pure; every operation takes constant time.

interface Node<T> { readonly value: T; flow: Flow<T> | null; before: Node<T> | null; after: Node<T> | null }

/** One party's entries, and its neighbours in the ring of those that have any. */
interface Flow<T> { readonly name: string; first: Node<T> | null; last: Node<T> | null; left: Flow<T>; right: Flow<T> }

/** A place in the queue. */
export interface Place { readonly waiting: boolean }

class Entry<T> implements Place, Node<T> {
  readonly value: T
  flow: Flow<T> | null
  before: Node<T> | null = null
  after: Node<T> | null = null

  constructor(value: T, flow: Flow<T>) {
    this.value = value
    this.flow = flow
  }

  get waiting(): boolean { return this.flow !== null }
}

export class FairQueue<T> {
  readonly #flows = new Map<string, Flow<T>>()
  /** The flow whose turn it is. */
  #turn: Flow<T> | null = null
  #size = 0

  get size(): number { return this.#size }
  get flows(): number { return this.#flows.size }

  /** Queues a value at the end of its flow; a flow that was not waiting comes after all that are. */
  add(name: string, value: T): Place {
    const flow = this.#flows.get(name) ?? this.#join(name)
    const entry = new Entry(value, flow)
    entry.before = flow.last
    if (flow.last === null) flow.first = entry
    else flow.last.after = entry
    flow.last = entry
    this.#size += 1
    return entry
  }

  /** Takes the next value out, or returns undefined where nobody waits. */
  take(): T | undefined {
    const flow = this.#turn
    if (flow?.first == null) return undefined
    const entry = flow.first
    this.#turn = flow.right
    this.#unlink(entry)
    return entry.value
  }

  /** Gives a place up, wherever it is in the queue. @returns false where it was taken before */
  leave(place: Place): boolean {
    if (!(place instanceof Entry) || place.flow === null) return false
    this.#unlink(place as Entry<T>)
    return true
  }

  #join(name: string): Flow<T> {
    const flow = { name, first: null, last: null } as Omit<Flow<T>, 'left' | 'right'> as Flow<T>
    if (this.#turn === null) {
      this.#turn = flow.left = flow.right = flow
    } else {
      flow.right = this.#turn
      flow.left = this.#turn.left
      flow.left.right = flow
      flow.right.left = flow
    }
    this.#flows.set(name, flow)
    return flow
  }

  #unlink(entry: Node<T>): void {
    const { flow, before, after } = entry
    if (flow === null) return
    if (before === null) flow.first = after
    else before.after = after
    if (after === null) flow.last = before
    else after.before = before
    entry.flow = entry.before = entry.after = null
    this.#size -= 1
    if (flow.first === null) this.#leaveRing(flow)
  }

  #leaveRing(flow: Flow<T>): void {
    this.#flows.delete(flow.name)
    if (flow.right === flow) {
      this.#turn = null
      return
    }
    flow.left.right = flow.right
    flow.right.left = flow.left
    if (this.#turn === flow) this.#turn = flow.right
  }
}
