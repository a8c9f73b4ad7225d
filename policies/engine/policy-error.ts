// What can go wrong with a policy: while loading, while evaluating, or by answering something outside the contract.

export type PolicyErrorKind = 'load' | 'compile' | 'evaluate' | 'contract'

export class PolicyError extends Error {
  readonly kind: PolicyErrorKind

  constructor(kind: PolicyErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PolicyError'
    this.kind = kind
  }
}
