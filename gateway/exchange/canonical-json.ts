// Where the gateway's own parts find it; the registry's digests are made of the same text, and registry imports no sibling.
export { canonicalJson } from '../../registry/canonical-json.ts'
