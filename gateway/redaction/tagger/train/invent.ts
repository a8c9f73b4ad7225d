// Invents names from lists and syllables: of people from many countries, of organisations in the forms that they take, of places.
import type { Lists } from './read-lists.ts'

const onsets = ['b', 'br', 'ch', 'd', 'f', 'g', 'gr', 'h', 'j', 'k', 'kl', 'l', 'm', 'n', 'p', 'r', 's', 'sh', 'st', 't', 'tr', 'v', 'w', 'y', 'z', ''] as const
const nuclei = ['a', 'e', 'i', 'o', 'u', 'ai', 'ei', 'ou', 'ie', 'á', 'ö', 'aa', 'y'] as const
const codas = ['n', 'r', 's', 'l', 'nd', 'm', 'k', 'tz', 'son', 'v', 'th', 'sen', 'ez', 'ov', 'ski', 'ić', 'ardo', 'ington'] as const

const forms = ['GmbH', 'Ltd', 'Ltd.', 'Inc', 'Inc.', 'LLC', 'AG', 'Group', '& Sons', '& Co', 'Bank', 'Partners', 'Holdings', 'Corporation', 'Corp', 'Systems', 'Logistics', 'Hospital', 'Foundation', 'Insurance', 'S.A.', 'plc', 'Consulting', 'B.V.', 'AB', 'Oy', 'Pty', 'KG', 'SE', 'SpA', 'N.V.', 'A/S', 'Brothers', 'Associates', '& Associates'] as const

const trades = ['Logistics', 'Motors', 'Foods', 'Media', 'Capital', 'Energy', 'Pharma', 'Airlines', 'Airways', 'Software', 'Networks', 'Robotics', 'Analytics', 'Studios', 'Entertainment', 'Records', 'Press', 'Construction', 'Engineering', 'Electronics', 'Textiles', 'Shipping', 'Solutions', 'Technologies', 'Labs', 'Clinic', 'Pharmacy', 'Dental', 'Bakery', 'Brewery', 'Hotels', 'Travel', 'Insurance', 'Mutual', 'Savings Bank', 'Credit Union', 'Orchestra', 'Institute', 'Academy', 'College', 'Law', 'Realty', 'Properties', 'Ventures', 'Steel', 'Chemicals', 'Telecom', 'Wireless', 'Interactive', 'Therapeutics', 'Health', 'Security'] as const

const roots = ['nova', 'blue', 'open', 'data', 'cloud', 'pixel', 'green', 'bright', 'swift', 'true', 'clear', 'health', 'med', 'pay', 'trade', 'ship', 'farm', 'solar', 'quant', 'cyber', 'geo', 'aero', 'bio', 'eco', 'fin', 'home', 'job', 'kite', 'lumen', 'map', 'neo', 'omni', 'poly', 'quick', 'red', 'sky', 'terra', 'uni', 'vita', 'wave', 'zen', 'axi', 'best', 'cargo', 'doc', 'ever', 'food', 'grand', 'hyper', 'inno', 'just', 'law', 'meta', 'next', 'opti', 'pro', 'rapid', 'silver', 'tele', 'ultra', 'vertex', 'work', 'book', 'cable', 'spark', 'stone', 'pine', 'north', 'learn', 'teach', 'govern', 'energy', 'price', 'market', 'legal', 'social', 'word', 'smart'] as const
const endings = ['ly', 'ify', 'io', 'a', 'ia', 'soft', 'tech', 'works', 'labs', 'hub', 'base', 'stack', 'wave', 'point', 'metrics', 'mind', 'path', 'link', 'flow', 'net', 'ware', 'gen', 'bank', 'mart', 'wise', 'logic', 'scape', 'ster', 'zon', 'ix', 'era', 'ora', 'us', 'sys', 'cast', 'forge', 'bridge', 'desk', 'board', 'check', 'finder', 'watch', 'room', 'cube', 'leaf', 'tree'] as const

const offices = ['Ministry of', 'Department of', 'Office of', 'Institute of', 'Society of', 'Federation of', 'Bureau of', 'Council of', 'Academy of', 'College of', 'School of', 'Association of'] as const
const fields = ['Health', 'Education', 'Finance', 'Justice', 'Agriculture', 'Labour', 'Transport', 'Physics', 'Engineering', 'Music', 'Medicine', 'Nurses', 'Teachers', 'Commerce', 'Fisheries', 'Defence', 'Statistics', 'Technology', 'Sports'] as const

const particles = ['van', 'de', 'von', 'van der', 'da', 'di', 'del', 'de la', 'al', 'bin', 'ten', 'du', 'le', 'dos', 'ter'] as const

const streets = ['Street', 'Road', 'Avenue', 'Lane', 'Drive', 'Court', 'Way', 'Blvd', 'Square', 'Terrace', 'Hill', 'St', 'Rd', 'Ave'] as const

/** What stands before the name of a street elsewhere, and what is glued to its end. */
const waysBefore = ['Rue', 'Rue de', 'Rue du', 'Avenue', 'Boulevard', 'Via', 'Viale', 'Piazza', 'Calle', 'Avenida', 'Plaza', 'Paseo', 'Rua', 'Praça', 'ul.', 'al.', 'Ulica', 'Náměstí', 'Jalan', 'Str.', 'Strada', 'C/'] as const
const waysBehind = ['utca', 'út', 'tér', 'Sokak', 'Caddesi', 'gade', 'Marg', 'Nagar', 'Platz', 'Allee', 'Weg'] as const
const waysAtEnd = ['straße', 'strasse', 'gasse', 'weg', 'platz', 'straat', 'laan', 'plein', 'vej', 'gatan', 'vägen', 'gata', 'katu', 'tie', 'veien', 'stræde', 'kade'] as const
const rooms = ['Apt.', 'Suite', 'Unit', 'Flat', 'Floor', 'Room', 'Box', 'Apt', 'App.', 'Etage'] as const

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const letters = 'ABCDEFGHIKLMNOPRSTUVWZ'

/** Words of one name. */
type Name = string[]

export class Inventor {
  readonly #lists: Lists
  readonly #random: () => number

  constructor(lists: Lists, random: () => number) {
    this.#lists = lists
    this.#random = random
  }

  pick<T>(items: readonly T[]): T { return items[Math.floor(this.#random() * items.length)] as T }

  /** From 0 to 1. */
  share(): number { return this.#random() }

  chance(share: number): boolean { return this.#random() < share }

  /** A word that is on no list, so that what stands around it counts, too. */
  word(): string {
    const syllables = Array.from({ length: 2 + Math.floor(this.#random() * 2) }, (_, index) => this.pick(onsets) + this.pick(nuclei) + (this.chance(index === 0 ? 0.2 : 0.5) ? this.pick(codas) : ''))
    return capitalised(syllables.join(''))
  }

  #split(name: string): Name { return name.split(' ').filter(part => part !== '') }

  first(): Name { return this.chance(0.15) ? [this.word()] : this.#split(this.pick(this.chance(0.45) ? this.#lists.frequentFirst : this.#lists.first)) }

  last(): Name {
    if (this.chance(0.15)) return [this.word()]
    if (this.chance(0.04)) return [`${this.pick(this.#lists.frequentLast)}-${this.pick(this.#lists.frequentLast)}`]
    if (this.chance(0.05)) return [...this.pick(particles).split(' '), ...this.#split(this.pick(this.#lists.last))]
    return this.#split(this.pick(this.chance(0.4) ? this.#lists.frequentLast : this.#lists.last))
  }

  initial(): string { return this.pick(letters.split('')) }

  person(): Name {
    const roll = this.#random()
    if (roll < 0.08) return [...this.first(), `${this.initial()}.`, ...this.last()]
    if (roll < 0.12) return [...this.first(), this.initial(), ...this.last()]
    if (roll < 0.16) return [...this.first(), ...this.first(), ...this.last()]
    if (roll < 0.18) return [`${this.initial()}.`, ...this.last()]
    if (roll < 0.2) return [...this.first(), ...this.last(), ...this.last()]
    const name = [...this.first(), ...this.last()]
    return this.chance(0.03) ? name.map(part => part.toUpperCase()) : name
  }

  place(): Name { return this.chance(0.12) ? [this.word()] : this.#split(this.pick(this.chance(0.5) ? this.#lists.regions : this.#lists.places)) }

  brand(): Name {
    const root = this.pick(roots)
    const roll = this.#random()
    if (roll < 0.2) return [this.word()]
    if (roll < 0.4) return [capitalised(root) + capitalised(this.pick(endings))]
    if (roll < 0.5) return [capitalised(root) + this.pick(roots)]
    return [capitalised(root) + this.pick(endings)]
  }

  #acronym(): string { return Array.from({ length: 2 + Math.floor(this.#random() * 3) }, () => this.initial()).join('') }

  #partners(): Name {
    const [one, two, three] = [this.last(), this.last(), this.last()]
    const joint = this.pick(['and', '&'])
    return this.chance(0.5) ? [...one, ',', ...two, joint, ...three] : [...one, joint, ...two]
  }

  organisation(): Name {
    const roll = this.#random()
    if (roll < 0.14) return [...this.last(), ...this.pick(forms).split(' ')]
    if (roll < 0.24) return this.#partners()
    if (roll < 0.28) return [`${this.pick(this.#lists.frequentLast)}-${this.pick(this.#lists.frequentLast)}`]
    if (roll < 0.5) return this.chance(0.65) ? this.brand() : [...this.brand(), this.pick(this.chance(0.5) ? trades : forms)].flatMap(part => part.split(' '))
    if (roll < 0.64) return this.#split(this.pick(this.#lists.firms))
    if (roll < 0.69) return this.#split(this.pick(this.#lists.universities))
    return this.#longOrganisation(roll)
  }

  /** Names that say what they are. */
  #longOrganisation(roll: number): Name {
    if (roll < 0.74) return [this.pick(['University', 'Bank', 'City', 'Museum', 'Institute', 'College', 'Port']), 'of', ...this.place()]
    if (roll < 0.8) return [...this.place(), ...this.pick(trades).split(' ')]
    if (roll < 0.84) return [...this.pick(offices).split(' '), this.pick(fields)]
    if (roll < 0.88) return [this.#acronym(), ...this.chance(0.3) ? this.pick(trades).split(' ') : []]
    if (roll < 0.9) return [...this.first(), ...this.last(), this.pick(['Foundation', 'Institute', 'School', 'Trust', 'Hospital', 'Centre'])]
    if (roll < 0.93) return this.last()
    return [...this.last(), ...this.pick(trades).split(' ')]
  }

  number(): string { return String(Math.floor(10 ** (1 + 3 * this.#random()))) }

  #foreignStreet(): Name {
    const name = this.chance(0.4) ? this.last() : this.chance(0.3) ? this.person() : this.chance(0.5) ? this.place() : [this.word()]
    const roll = this.#random()
    if (roll < 0.45) return [...this.pick(waysBefore).split(' '), ...name]
    return roll < 0.6 ? [...name, this.pick(waysBehind)] : [(name.at(-1) ?? '') + this.pick(waysAtEnd)]
  }

  /** A line with house, street and perhaps a room, in the order of some country. */
  address(): Name {
    const room = this.chance(0.35) ? [...this.chance(0.5) ? [','] : [], this.pick(rooms), this.number()] : []
    if (this.chance(0.06)) return ['PO', 'Box', this.number()]
    if (this.chance(0.5)) return [this.number(), ...this.street(), ...room]
    return this.chance(0.75) ? [...this.#foreignStreet(), this.number(), ...room] : [this.number(), ...this.#foreignStreet(), ...room]
  }

  room(): Name { return [this.pick(rooms), this.number()] }

  /** Of a street: not a name that is asked for, though it looks like one. */
  street(): Name { return [...this.chance(0.5) ? this.last() : this.chance(0.3) ? this.person() : [this.word()], this.pick(streets)] }
}
