// Proof that an operation was decided. It holds the operation itself, so what was decided is what can be forwarded.
import type { Decision } from '../../policies/engine/contract.ts'

let mint: <T>(operation: T, decision: Decision) => Permit<T>

/** Only `mintPermit` makes one, and a lint rule lets only stages/decide.ts import that. */
export class Permit<Op> {
  readonly operation: Op
  readonly decision: Decision
  // A private member makes the class nominal: an object of the same shape is not a Permit.
  readonly #minted = true

  private constructor(operation: Op, decision: Decision) {
    this.operation = operation
    this.decision = decision
    Object.freeze(this)
  }

  get minted(): boolean { return this.#minted }

  private static mint<T>(operation: T, decision: Decision): Permit<T> { return new Permit(operation, decision) }
  static { mint = (operation, decision) => Permit.mint(operation, decision) }
}

/** For stages/decide.ts alone. */
export const mintPermit = <T>(operation: T, decision: Decision): Permit<T> => mint(operation, decision)
