// The builtins that a policy may use: those that OPA compiles into WebAssembly and the few that the runner implements. A policy that uses
// another fails when it is checked, not when it is asked.

/** Not compiled into WebAssembly, but implemented by the runner and without side effects. */
const implemented = new Set(['sprintf', 'json.is_valid', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal', 'regex.split'])
/** OPA 1.x marks builtins of these families as host functions of WebAssembly policies; nothing here answers them. */
const hostOnly = /^(?:http\.|net\.lookup|crypto\.|io\.jwt|time\.|rand\.|uuid\.|opa\.|rego\.|providers\.|semver\.|graphql\.|json\.(?:match_schema|verify_schema|patch|marshal_with_options)|regex\.(?:template_match|globs_match|replace|find_n$)|units\.|hex\.|urlquery\.|strings\.(?:render_template|count|any_prefix_match|any_suffix_match|split_n)|uri\.|numbers\.range_step|object\.subset|graph\.reachable_paths|indexof_n|trace|print|internal\.(?:print|test_case)|base64url\.encode_no_pad|glob\.quote_meta|cast_|set_diff|any|all|re_match|net\.cidr_(?:merge|expand|contains_matches|is_valid))/

interface Capabilities { builtins: { name: string }[]; allow_net?: string[] }

/** @param current output of `opa capabilities --current`. */
export const capabilitiesText = (current: string): string => {
  const all = JSON.parse(current) as Capabilities
  const builtins = all.builtins.filter(({ name }) => implemented.has(name) || !hostOnly.test(name))
  return `${JSON.stringify({ ...all, builtins, allow_net: [] }, null, 1)}\n`
}
