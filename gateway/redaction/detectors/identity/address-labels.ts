// Postal addresses under a label: a JSON key, or the rest of a line behind "Address:".
import type { Rule } from '../../rule.ts'
import { tailOf } from './address-tails.ts'
import { canadianCode, ukPostcode } from './streets.ts'

/** Addresses of machines, mailboxes and memory have the word too. */
const otherAddress = /(?:^|[ _-])(?:e?mail|ip|ipv[46]|mac|web|url|wallet|crypto|bitcoin|btc|eth|contract|memory|server|host|network|bus|remote|local|peer|listen|bind|base|start|end|source|src|dst|destination|from|to|cc|bcc|reply|return)s?(?:[ _-]|$)/i
const otherValue = /[@=<>{}[\]]|\bIPv[46]\b|:\/\/|^[\d.:a-fx]+$|^0x/i

const labels = ['address', 'addresses', 'adresse', 'anschrift', 'wohnhaft', 'direccion', 'indirizzo', 'adres', 'endereco', 'domicilio', 'residence', 'adress']

/** Letters and a number, as postal addresses have them and descriptions of them mostly not. */
const looksPostal = (value: string): boolean => /\p{L}{3}/u.test(value) && /(?<![\p{L}\d])\d{1,6}/u.test(value) && !otherValue.test(value)

const lineEnd = /[\n\r;|"\t]|\\n|\. (?=\p{Lu})|\.$| (?:phone|tel|e-?mail|dob|ssn|fax|mobile)\b/iu

const behindLabels: Rule = {
  kinds: ['address'], triggers: { words: labels },
  find: (scan, at) => {
    const { text } = scan
    const label = /^\p{L}{5,10}(?: \((?:home|work|billing|shipping)\))?["'*]{0,2}(?::| ist| is| in) ?["'*]{0,2}(?: {0,12}(?:\n {0,8})?)/iu.exec(text.slice(at, at + 60))?.[0]
    if (label === undefined || otherAddress.test(text.slice(Math.max(0, at - 16), at))) return
    const start = at + label.length
    const line = text.slice(start, start + 120)
    const stop = lineEnd.exec(line)
    const value = (stop === null ? line : line.slice(0, stop.index)).replace(/[\s,]+$/, '')
    // Behind "is" stands what sentences say of addresses, too, and behind an empty line whatever comes next.
    const needsShape = !label.includes(':') || label.includes('\n')
    if (value.length < 6 || !looksPostal(value) || (needsShape && !/^(?:the corner )?[\p{Lu}\d]/u.test(value))) return
    const end = start + value.length
    const tail = tailOf(text, end, false)
    scan.add('address', start, tail.certain ? tail.end : end, label.includes(':') ? 0.64 : 0.55)
  },
}

const keys = ['address', 'street', 'addr', 'address line', 'address line1', 'address1', 'street address', 'addressline1', 'streetaddress', 'adresse', 'anschrift', 'strasse', 'direccion', 'indirizzo', 'adres', 'straat', 'calle', 'rue', 'endereco', 'domicilio', 'mailing address', 'residence', 'line1', 'line 1', 'addr1', 'street1', 'street 1', 'address2', 'address line2', 'addressline2', 'line2', 'rua', 'indirizzo', 'ulica', 'gata']

const underKeys: Rule = {
  kinds: ['address'], triggers: { keys },
  find: scan => {
    const { text, keyWords } = scan
    if (text.length > 200 || otherAddress.test(keyWords)) return
    const start = text.length - text.trimStart().length
    const value = text.trim()
    const street = /(?:^| )(?:street|strasse|straat|calle|rue)(?: |$)/.test(keyWords) && /^[\p{L}\d .,'’/-]{4,80}$/u.test(value) && /\p{L}{3}/u.test(value)
    if (looksPostal(value)) scan.add('address', start, start + value.length, 0.85)
    else if (street) scan.add('address', start, start + value.length, 0.55)
  },
}

const codes = new RegExp(`^(?:\\d{5}(?:-\\d{4})?|\\d{4}(?: ?[A-Z]{2})?|\\d{3} ?\\d{2,3}|\\d{2}-\\d{3}|\\d{4}-\\d{3}|\\d{5}-\\d{3}|${ukPostcode}|${canadianCode})$`, 'i')

const postcodes: Rule = {
  kinds: ['address'], triggers: { keys: ['zip', 'zipcode', 'zip code', 'postcode', 'post code', 'postal code', 'postalcode', 'plz', 'postleitzahl', 'code postal', 'codigo postal', 'cap'] },
  find: scan => {
    if (scan.text.length < 11 && codes.test(scan.text)) scan.add('address', 0, scan.text.length, 0.6)
  },
}

/** A town, state or country under its key is a place and, by itself, nobody's. */
const placesUnderKeys: Rule = {
  kinds: ['location'], triggers: { keys: ['city', 'town', 'country', 'country name', 'province', 'county', 'ort', 'stadt', 'wohnort', 'ville', 'ciudad', 'citta', 'cidade', 'miasto', 'stad', 'pais', 'birthplace', 'place of birth', 'geburtsort'] },
  find: scan => {
    const { text } = scan
    if (text.length > 2 && text.length <= 60 && /^\p{Lu}[\p{L}\p{M} .,()’'-]*$/u.test(text)) scan.add('location', 0, text.length, 0.6)
  },
}

const codeInText = new RegExp(`^(?:${ukPostcode}|${canadianCode}|\\d{5}-\\d{3,4}|\\d{4}-\\d{3}|\\d{2}-\\d{3}|\\d{3} \\d{2}|\\d{4} ?[A-Z]{2}|\\d{4,6})(?![\\w-])`)

const codesBehindLabels: Rule = {
  kinds: ['address'], triggers: { words: ['zip', 'zipcode', 'postcode', 'plz', 'postleitzahl', 'postal'] },
  find: (scan, at) => {
    const label = /^(?:zip(?:code| code)?|postcode|plz|postleitzahl|postal code)["']?(?: ?: ?| is )["']?/i.exec(scan.text.slice(at, at + 24))?.[0]
    if (label === undefined) return
    const start = at + label.length
    const code = codeInText.exec(scan.text.slice(start, start + 12))?.[0]
    if (code !== undefined) scan.add('address', start, start + code.length, 0.6)
  },
}

export const addressLabels: readonly Rule[] = [behindLabels, underKeys, postcodes, placesUnderKeys, codesBehindLabels]
