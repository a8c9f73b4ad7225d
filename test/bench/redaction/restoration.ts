// Are all values brought back, wherever a stream is cut? Answers of our own, in pieces of random length, against what the whole text gives
// and against what the answer was made from.
import type { EntityKind } from '../../../gateway/exchange/kinds.ts'
import { createRestorer } from '../../../gateway/redaction/restore.ts'
import { hashTokens } from '../../../gateway/sessions/hash-token.ts'
import { SessionPseudonyms } from '../../../gateway/sessions/pseudonyms.ts'
import { createRandom, type Random } from './random.ts'
import { sampleText } from './sample-texts.ts'

export interface Restoration { readonly streams: number; readonly values: number; readonly wrong: number; readonly pushNs: number }

/** Values as they are hard on JSON: quotes, line ends, backslashes, characters of two units. */
const values: readonly (readonly [EntityKind, string])[] = [
  ['email', 'ida@example.org'], ['person', 'Ann "Bo" O\'Neil'], ['address', '1 Quay Road\nHarbour\tTown'], ['private_key', `${'-----BEGIN ' + 'PRIVATE KEY-----'}\nabc\\def\n-----END PRIVATE KEY-----`],
  ['organisation', 'Größe & Söhne 🙂'], ['phone', '+49 30 23125 001'],
]

interface Said { readonly told: string; readonly meant: string; readonly values: number }

/** An answer with placeholders, and the same with what they stand for. */
const answer = (random: Random, pseudonyms: SessionPseudonyms, json: boolean): Said => {
  let told = ''
  let meant = ''
  const count = 1 + random.below(6)
  for (let at = 0; at < count; at += 1) {
    const [kind, value] = random.pick(values)
    const words = `${sampleText('prose', 10 + random.below(80), random, null)}${random.pick(['', '[', ' [E', '[NOTE] ', '\\'])}`
    told += words + pseudonyms.placeholder(kind, value)
    meant += words + value
  }
  const inside = (text: string): string => json ? `{"text":${JSON.stringify(text)}}` : text
  return { told: inside(told), meant: inside(meant), values: count }
}

const pieces = (text: string, random: Random): readonly string[] => {
  const cut: string[] = []
  for (let at = 0; at < text.length;) cut.push(text.slice(at, at += 1 + random.below(8)))
  return cut
}

/** Half of the streams are the arguments of tool calls: JSON, in which values need its escapes. */
export const measureRestoration = (streams: number): Restoration => {
  const random = createRandom(7)
  const pseudonyms = new SessionPseudonyms([], () => undefined, hashTokens(() => Buffer.alloc(32, 1), 'bench'))
  let restored = 0
  let wrong = 0
  let pushed = 0
  let spentMs = 0
  for (let at = 0; at < streams; at += 1) {
    const json = at % 2 === 1
    const said = answer(random, pseudonyms, json)
    const cut = pieces(said.told, random)
    const stream = createRestorer(pseudonyms, { mayRestore: () => true, escape: json ? 'json' : 'none' }).stream()
    const from = performance.now()
    const text = cut.map(piece => stream.push(piece)).join('') + stream.flush()
    spentMs += performance.now() - from
    pushed += cut.length
    restored += said.values
    if (text !== said.meant) wrong += 1
  }
  return { streams, values: restored, wrong, pushNs: spentMs * 1e6 / pushed }
}
