// Which addresses the gateway may be sent to by somebody else's metadata. A server on the internet must not make it ask around in the network
// behind it; a server in that network may name an authorization server there.
import { lookup as resolveName, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { Failure } from '../../exchange/failure.ts'

export type Reach = 'public' | 'private' | 'loopback' | 'never'

const listOf = (...subnets: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', bits = ''] = subnet.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

const lists: readonly (readonly [Exclude<Reach, 'public'>, BlockList])[] = [
  ['loopback', listOf('127.0.0.0/8', '::1/128')],
  ['private', listOf('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', 'fc00::/7')],
  // Link-local is where clouds serve their machines' credentials; the last two carry other addresses inside.
  ['never', listOf('0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '224.0.0.0/3', '::/128', 'fe80::/10', 'ff00::/8', '64:ff9b::/96', '2002::/16')],
]

/** IPv4 addresses in IPv6 clothes count as what they are. */
export const reachOf = (address: string): Reach =>
  lists.find(([, list]) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))?.[0] ?? 'public'

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

const resolveAll = promisify(resolveName) as (hostname: string, options: LookupAllOptions) => Promise<LookupAddress[]>

/** Where a host is: every kind of address that it has. @throws the resolver's error */
export const reachesOf = async (hostname: string): Promise<ReadonlySet<Reach>> => {
  const host = bare(hostname)
  if (isIP(host) !== 0) return new Set([reachOf(host)])
  return new Set((await resolveAll(host, { all: true })).map(({ address }) => reachOf(address)))
}

export const isLoopbackHost = (hostname: string): boolean => {
  const host = bare(hostname)
  return host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && reachOf(host) === 'loopback')
}

/** Secrets travel over TLS, or not at all through a network. */
export const isSecure = (url: URL): boolean => url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))

export const mayReach = (reach: Reach, from: ReadonlySet<Reach>): boolean => reach === 'public' || (reach !== 'never' && from.has(reach))

const forbidden = (hostname: string): Failure => new Failure('upstream.refused', `The metadata of the server leads to ${bare(hostname)}, an address that the gateway does not go to for it.`, {
  detail: { remedy: 'Have the server name an authorization server on the internet, or in the network where the server itself is.' },
})

/** An address written as such is never looked up, so it is checked before. @throws Failure upstream.refused */
export const checkLiteral = (hostname: string, from: ReadonlySet<Reach>): void => {
  const host = bare(hostname)
  if (isIP(host) !== 0 && !mayReach(reachOf(host), from)) throw forbidden(hostname)
}

/** Resolves for the socket itself: what was checked is what is connected to, whatever the name says a moment later. */
export const guardedLookup = (from: ReadonlySet<Reach>): LookupFunction => (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    const allowed = error === null ? addresses.filter(({ address }) => mayReach(reachOf(address), from)) : []
    const first = allowed[0]
    if (first === undefined) callback(error ?? forbidden(hostname), '', 0)
    else if (options.all === true) callback(null, allowed)
    else callback(null, first.address, first.family)
  })
}
