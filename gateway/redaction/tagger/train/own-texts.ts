// Texts of our own with names put in: sentences, lines, letters and lists.
import type { Tag } from '../features.ts'
import { Inventor } from './invent.ts'
import { closings, days, greetings, jobs, lines, plain, sentences, signatures, things } from './own-templates.ts'
import type { NameClass, Sentence } from './read-conll.ts'
import type { Lists } from './read-lists.ts'

interface Filled { readonly words: readonly string[]; readonly kind: NameClass | null }

const lineBreak = '\\n'

class Writer {
  readonly #invent: Inventor
  #words: string[] = []
  #tags: Tag[] = []

  constructor(invent: Inventor) { this.#invent = invent }

  #fill(slot: string): Filled {
    const invent = this.#invent
    switch (slot) {
      case '{P}': return { words: invent.person(), kind: 'PER' }
      case '{F}': return { words: invent.first(), kind: 'PER' }
      case '{L}': return { words: invent.last(), kind: 'PER' }
      case '{O}': return { words: invent.organisation(), kind: 'ORG' }
      case '{B}': return { words: invent.brand(), kind: 'ORG' }
      case '{C}': return { words: invent.place(), kind: 'LOC' }
      case '{S}': return { words: invent.street(), kind: null }
      case '{A}': return { words: invent.address(), kind: null }
      case '{R}': return { words: invent.room(), kind: null }
      case '{D}': return { words: invent.pick(days).split(' '), kind: null }
      case '{J}': return { words: invent.pick(jobs).split(' '), kind: null }
      case '{K}': return { words: invent.pick(things).split(' '), kind: null }
      default: return { words: [invent.number()], kind: null }
    }
  }

  add(template: string): void {
    let last: NameClass | null = null
    for (const word of template.split(' ')) {
      const { kind, words }: Filled = /^\{[A-Z]\}$/.test(word) ? this.#fill(word) : { words: [word], kind: null }
      words.forEach((one, index) => {
        this.#words.push(one)
        // "{F} {L}" is one name.
        this.#tags.push(kind === null ? 'O' : index === 0 && !(last === 'PER' && kind === 'PER') ? `B-${kind}` : `I-${kind}`)
      })
      last = kind
    }
  }

  break(): void {
    this.#words.push(lineBreak)
    this.#tags.push('O')
  }

  take(): Sentence {
    const taken = { words: this.#words, tags: this.#tags }
    this.#words = []
    this.#tags = []
    return taken
  }
}

const letter = (writer: Writer, invent: Inventor): void => {
  writer.add(invent.pick(greetings))
  writer.break()
  for (let count = 1 + Math.floor(invent.share() * 3); count > 0; count -= 1) writer.add(invent.pick(invent.chance(0.7) ? sentences : plain))
  writer.break()
  writer.add(invent.pick(closings))
  writer.break()
  writer.add(invent.pick(signatures))
}

const form = (writer: Writer, invent: Inventor): void => {
  for (let count = 2 + Math.floor(invent.share() * 4); count > 0; count -= 1) {
    writer.add(invent.pick(invent.chance(0.65) ? lines : plain))
    if (count > 1) writer.break()
  }
}

const write = (writer: Writer, invent: Inventor): void => {
  const roll = invent.share()
  if (roll < 0.45) writer.add(invent.pick(sentences))
  else if (roll < 0.62) writer.add(invent.pick(lines))
  else if (roll < 0.8) writer.add(invent.pick(plain))
  else if (roll < 0.91) letter(writer, invent)
  else form(writer, invent)
}

const small = (words: readonly string[]): string[] => words.map(word => word === lineBreak ? word : word.toLowerCase())

/** A copy as somebody types who has no use for capitals. */
export const inSmall = ({ tags, words }: Sentence): Sentence => ({ tags, words: small(words) })

const smallShare = 0.1

export const ownTexts = (lists: Lists, count: number, random: () => number): Sentence[] => {
  const invent = new Inventor(lists, random)
  const writer = new Writer(invent)
  return Array.from({ length: count }, () => {
    write(writer, invent)
    const text = writer.take()
    return invent.chance(smallShare) ? inSmall(text) : text
  })
}
