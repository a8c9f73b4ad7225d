// Connection strings with a password inside, as a whole: they name host, user and database besides. User and password of URLs are another rule's.
import type { Rule } from '../../rule.ts'
import { isStandIn } from './values.ts'

const longest = 512
const ends = (code: number): boolean => code < 32 || code === 34 || code === 39 || code === 96 || code === 60 || code === 62 || code === 92

const place = /(?:^|;)\s?(?:server|data source|address|addr|host|hostname|endpoint|database|initial catalog|uid|user id|user|username|driver|dsn|provider|account|port)\s?=/i
const passwordPart = /^(?:password|pwd)\s?=\s?([^;"']+)/i

/** ADO, ODBC, OLE DB: `Server=…;User Id=…;Password=…`. */
export const adoStrings: Rule = {
  kinds: ['connection_string'], triggers: { words: ['password', 'pwd'] },
  find: (scan, at) => {
    const { text } = scan
    const before = text[at - 1] === ' ' ? text[at - 2] : text[at - 1]
    const value = before === ';' ? passwordPart.exec(text.slice(at, at + 200))?.[1] : undefined
    if (value === undefined || isStandIn(value)) return
    let start = at
    while (start > 0 && at - start < longest && !ends(text.charCodeAt(start - 1))) start -= 1
    let end = at
    while (end < text.length && end - at < longest && !ends(text.charCodeAt(end))) end += 1
    // `CONNECTION=Server=…` and `url: Server=…`: the name of a setting stays outside.
    const whole = text.slice(start, end)
    const name = /^\s*(?:[\w.-]{1,60}\s?[=:]\s?)(?=[A-Za-z ]{2,20}=)|^\s+/.exec(whole)?.[0].length ?? 0
    if (place.test(whole.slice(name, at - start))) scan.add('connection_string', start + name, start + whole.trimEnd().length, 0.95)
  },
}

const jdbcSecret = /[?&;:,(](?:password|pwd|passwd|secret|sslpassword)=([^&;,)\s]{1,200})|:(?:thin|oci):[\w.$#-]{1,64}\/([^@\s]{1,100})@/i

/** JDBC: a password among the properties, or Oracle's `user/password@`. */
export const jdbcStrings: Rule = {
  kinds: ['connection_string'], triggers: { prefixes: ['jdbc:'] },
  find: (scan, at) => {
    const { text } = scan
    let end = at
    while (end < text.length && end - at < longest && !ends(text.charCodeAt(end)) && text.charCodeAt(end) !== 32) end += 1
    const found = jdbcSecret.exec(text.slice(at, end))
    const value = found?.[1] ?? found?.[2]
    if (value !== undefined && !isStandIn(value)) scan.add('connection_string', at, end, 0.95)
  },
}
