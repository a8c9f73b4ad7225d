// A principal for tests of stages. It holds no expectation.
import type { Principal } from '../../../gateway/exchange/principal.ts'

export interface Who { readonly key?: string; readonly tenant?: string; readonly agent?: string }

export const principal = ({ key = 'laptop', tenant = 'acme', agent = 'cli' }: Who = {}): Principal => ({
  subject: { id: 'ada', tenant, groups: ['dev'], method: 'key' },
  agent: { id: agent, framework: null, enforced_egress: false, depth: 0, chain: [] },
  key,
})
