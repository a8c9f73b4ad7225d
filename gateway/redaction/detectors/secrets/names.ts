// Names that announce a secret: "DB_PASSWORD", "clientSecret", "x-api-key". What counts is what the name ends with, and the word before that.
import type { BuiltInKind } from '../../../exchange/kinds.ts'
import { wordsOfKey } from '../../key-words.ts'
import { labelledFormats, vendors } from './formats.ts'

/** What the value has to look like: what somebody chose, what a machine issued, or plainly random. */
export type Bar = 'chosen' | 'issued' | 'random'

export interface Announced { readonly kind: BuiltInKind; readonly bar: Bar }

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '))

const passwords = set('password passwords passwd passwort pwd pw passphrase passcode kennwort contrasena senha pass userpass dbpass dbpwd dbpasswd requirepass masterauth storepass keypass sshpass pgpassword')
const notPasswords = set('show hide toggle forgot reset change update no has is require requires need needs use with prompt min max invalid wrong missing save remember by pass bypass one two first second encrypt')
const keyFamilies = set('api secret access private auth signing signature sign encryption encrypt encrypted encoder master app application account client consumer service shared session hmac license licence deploy deployment admin storage '
  + 'cookie jwt jwe aes des crypt cipher crypto decryption write read ingest ingestion integration server tenant subscription webhook validation machine security secure nonce in db database user root token bot developer dev project rest functions function host rsa ssh ssl tls wallet')
const notTokens = set('next page continuation cancel cancellation max css syntax cursor design stop start end eos bos pad unk mask sep cls sync resume first last current previous prev num total input output prompt completion invalid expected unexpected')
const noise = set('value string text plain plaintext clear raw b64 base64 base prod production dev development staging stage test testing live default current old new latest legacy v1 v2 v3 1 2 3 env primary secondary backup')
const vendorWords = new Set([...labelledFormats.flatMap(({ words }) => words), ...vendors.map(vendor => vendor.toLowerCase().replace(/\W/g, ''))].filter(word => word.length > 3))

const passwordEnding = /(?:password|passwd|passphrase|passwort|_pwd)$/
const keyEnding = /^(?:(?:\w{0,20})(?:apikey|secretkey|accesskey|privatekey|authkey|signingkey|encryptionkey|masterkey|accountkey|sharedkey|licensekey))$/
const secretEnding = /(?:secret|secrets)$/
const tokenEnding = /(?:accesstoken|authtoken|apitoken|refreshtoken|bearertoken|idtoken|bottoken|token)$/
const authNames = set('auth authorization credential credentials creds')
const sessionNames = set('phpsessid jsessionid sessionid sessid aspsessionid sid')

const announced = (kind: BuiltInKind, bar: Bar): Announced => ({ kind, bar })
const password = announced('password', 'chosen')
const issued = announced('api_key', 'issued')
const random = announced('api_key', 'random')
const cloud = announced('cloud_key', 'issued')
const privateKey = announced('private_key', 'random')
const session = announced('cookie', 'random')

const isCloud = (words: readonly string[]): boolean => {
  const all = words.join(' ')
  return words.includes('aws') || words.includes('s3') || all.includes('secret access key') || all.includes('storage account key') || all.endsWith('secretaccesskey')
}

const ofKey = (words: readonly string[], before: string, last: string): Announced | null => {
  if (before === 'public' || last.startsWith('public')) return null
  const isKey = last === 'key' || last === 'keys'
  if (before === 'private' && isKey) return privateKey
  if (keyEnding.test(last)) return isCloud(words) ? cloud : last.endsWith('privatekey') ? privateKey : issued
  if (!isKey) return null
  if (keyFamilies.has(before)) return isCloud(words) ? cloud : issued
  return words.some(word => vendorWords.has(word)) ? issued : null
}

const ofLast = (words: readonly string[], before: string, last: string): Announced | null => {
  if (passwords.has(last) || passwordEnding.test(last)) return notPasswords.has(before) ? null : password
  if (secretEnding.test(last)) return isCloud(words) ? cloud : issued
  if (tokenEnding.test(last)) return notTokens.has(before) ? null : isCloud(words) ? cloud : issued
  if (authNames.has(last)) return issued
  if (last === 'salt' || last === 'pepper' || words[0] === 'encrypted') return random
  if (sessionNames.has(last)) return session
  return ofKey(words, before, last)
}

/** What a name announces; null when it is no secret's name. @param name as written: "DB_PASSWORD", "client-secret", "userPass2" */
export const announcedBy = (name: string): Announced | null => {
  const words = wordsOfKey(name).split(' ')
  while (words.length > 1 && noise.has(words.at(-1) ?? '')) words.pop()
  const last = (words.at(-1) ?? '').replace(/\d{1,3}$/, '')
  return last.length < 2 ? null : ofLast(words, words.at(-2) ?? '', last)
}

/** Last letters of every name above, two and three of them, as numbers: what most names do not end with is not looked at further. */
const endingWords = [...passwords, ...sessionNames, 'secret', 'secrets', 'token', 'auth', 'credential', 'credentials', 'creds', 'key', 'keys', 'salt', 'pepper', 'value', 'default', 'base', 'prod', 'dev', 'test', 'live']
const twoLetters = new Uint8Array(1 << 10)
const threeLetters = new Uint8Array(1 << 15)
/** A letter in either case, 1 to 26; 0 for anything else. */
const letterOf = (code: number): number => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) ? code & 31 : 0
const endOf = (text: string, at: number): number => letterOf(text.charCodeAt(at - 1)) << 5 | letterOf(text.charCodeAt(at))
const thirdOf = (text: string, at: number): number => letterOf(text.charCodeAt(at - 2)) << 10 | endOf(text, at)
for (const word of endingWords) {
  twoLetters[endOf(word, word.length - 1)] = 1
  if (word.length > 2) threeLetters[thirdOf(word, word.length - 1)] = 1
  // A name of two letters may follow whatever else.
  else for (let third = 0; third < 32; third += 1) threeLetters[third << 10 | endOf(word, 1)] = 1
}

/** Offset of the last letter of a name that ends before this offset: digits at its end do not count. */
const lastLetter = (text: string, end: number): number => {
  let at = end - 1
  while (at > end - 4 && at > 0 && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at -= 1
  return at
}

/** Could a tag whose name or attribute ends before this offset announce something? */
export const mayAnnounce = (text: string, end: number): boolean => {
  const at = lastLetter(text, end)
  return at > 0 && twoLetters[endOf(text, at)] === 1
}

const beginsEncrypted = (text: string, start: number, end: number): boolean => {
  let at = start
  // Signs before the first word of a name are none of its words.
  while (at < end && letterOf(text.charCodeAt(at)) === 0) at += 1
  return (text.charCodeAt(at) | 32) === 101 && (text.charCodeAt(at + 1) | 32) === 110
}

/** Could this name between two offsets? What begins with "encrypted" may end with any word. */
export const mayBeSecret = (text: string, start: number, end: number): boolean => {
  const at = lastLetter(text, end)
  return at > 0 && (threeLetters[thirdOf(text, at)] === 1 || beginsEncrypted(text, start, end))
}
