// Who asks, and through which agent. The same words in code, Rego input, audit and metrics.
import type { Labels } from './labels.ts'

/** The person or service on whose behalf the agent acts. `method` tells how it was authenticated. */
export interface Subject {
  readonly id: string
  readonly tenant: string
  readonly groups: readonly string[]
  readonly method: 'key' | 'none'
}

/** The program that sends the request. `enforced_egress` is operator-declared: can it reach anything except the gateway? */
export interface Agent {
  readonly id: string
  readonly framework: string | null
  readonly enforced_egress: boolean
  readonly depth: number
  readonly chain: readonly string[]
}

export interface Principal {
  readonly subject: Subject
  readonly agent: Agent
  /** Name of the configured key (never the key), or "none" for keyless loopback. */
  readonly key: string
  /** Fixed by the configuration: every session of the key has them. Absent: none. */
  readonly labels?: Labels
}
