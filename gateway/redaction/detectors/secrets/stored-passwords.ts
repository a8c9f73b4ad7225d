// Passwords where files and databases keep them: hashes (shadow, htpasswd, LDAP, frameworks) and .pgpass.
import type { Rule } from '../../rule.ts'
import { looksChosen } from './values.ts'

const crypt = /^\$(?:[156]|7|y|gy|2[abxy]|apr1|md5|argon2(?:id|i|d)|pbkdf2[\w-]{0,12}|scrypt)\$[./A-Za-z0-9+=,$*-]{20,300}|^\$[PHS]\$[./A-Za-z0-9]{31,60}/
const framework = /^(?:pbkdf2_sha(?:1|256|512)\$\d{3,7}\$|bcrypt_sha256\$\$|argon2\$argon2|scrypt\$\d)[./A-Za-z0-9+=,$_-]{20,300}/
const directory = /^\{(?:SSHA|SHA|SMD5|SSHA256|SSHA512)\}[A-Za-z0-9+/]{20,120}={0,2}/

/** `$6$salt$hash`, `{SSHA}…`, `pbkdf2_sha256$…`: a hash of a password can be tried out at leisure. */
export const passwordHashes: Rule = {
  kinds: ['password'],
  triggers: {
    prefixes: ['1$', '5$', '6$', '7$', 'y$', 'gy$', '2a$', '2b$', '2x$', '2y$', 'apr1$', 'md5$', 'argon2', 'pbkdf2', 'scrypt$', 'bcrypt_sha256$', 'P$', 'H$', 'S$', 'SSHA', 'SHA}', 'SMD5}'],
  },
  find: (scan, at) => {
    const { text } = scan
    const opens = at > 0 && (text[at - 1] === '$' || text[at - 1] === '{')
    const start = opens ? at - 1 : at
    const near = text.slice(start, start + 360)
    const hash = (opens ? text[at - 1] === '$' ? crypt : directory : framework).exec(near)?.[0]
    if (hash !== undefined && /\d/.test(hash.slice(4)) && /[A-Za-z]/.test(hash.slice(4))) scan.add('password', start, start + hash.length, 0.9)
  },
}

const pgpass = /^\d{4}:[^:\s]{1,64}:[^:\s]{1,64}:((?:\\:|[^:\s"'`\\]){1,128})(?=[\r\n]|$)/

/** `host:5432:database:user:password`. */
export const pgpassLines: Rule = {
  kinds: ['password'], triggers: { prefixes: ['5432:', '5433:', '6432:'] },
  find: (scan, at) => {
    const { text } = scan
    if (text[at - 1] !== ':') return
    const match = pgpass.exec(text.slice(at, at + 320))
    const value = match?.[1]
    if (match === null || value === undefined || !(value === 'password' || looksChosen(value, true))) return
    scan.add('password', at + match[0].length - value.length, at + match[0].length, 0.85)
  },
}
