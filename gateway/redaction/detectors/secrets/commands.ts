// Passwords among the arguments of well-known commands: `mysql -p…`, `curl -u name:…`, `sshpass -p …`.
import type { Rule } from '../../rule.ts'
import { looksChosen } from './values.ts'

interface Command { readonly words: readonly string[]; readonly argument: RegExp }

/** The first group that took part is the password. */
const commands: readonly Command[] = [
  { words: ['mysql', 'mysqldump', 'mysqladmin', 'mysqlimport', 'mariadb'], argument: /\s-p(?:"([^"\n]{3,100})"|'([^'\n]{3,100})'|([^\s"'-][^\s"']{2,100}))(?=\s|$)/d },
  { words: ['curl', 'wget'], argument: /\s(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"']{1,64}:(?!\/\/)([^\s"']{3,200})/d },
  { words: ['sshpass'], argument: /\s-p\s?(?:"([^"\n]{3,100})"|'([^'\n]{3,100})'|([^\s"'-]\S{2,100}))/d },
  { words: ['redis', 'rediscli'], argument: /^redis-?cli\s[^\n]{0,100}?-a\s(?:"([^"\n]{3,100})"|'([^'\n]{3,100})'|([^\s"'-]\S{2,100}))/d },
  { words: ['docker', 'podman', 'helm', 'nerdctl', 'oc', 'az'], argument: /^\w{2,8}\s(?:registry\s)?login\s[^\n]{0,160}?\s-p\s(?:"([^"\n]{3,300})"|'([^'\n]{3,300})'|([^\s"'-]\S{2,300}))/d },
  { words: ['htpasswd'], argument: /\s-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}\s\S{1,100}\s\S{1,64}\s(?:"([^"\n]{3,100})"|'([^'\n]{3,100})'|([^\s"'-]\S{2,100}))/d },
  { words: ['openssl'], argument: /\spass:(?:"([^"\n]{3,100})"|'([^'\n]{3,100})'|([^\s"']{3,100}))/d },
  { words: ['ldapsearch', 'ldapmodify', 'ldapadd', 'sqlcmd', 'bcp', 'zip', 'unzip', 'mosquitto'], argument: /\s-[wP]\s(?:"([^"\n]{3,100})"|'([^'\n]{3,100})'|([^\s"'-]\S{2,100}))/d },
  { words: ['smbclient', 'rpcclient', 'mount'], argument: /\s-U\s?["']?[^\s%"']{1,64}%([^\s"']{3,100})/d },
]

const reachOfLine = 300

const commandRule = ({ words, argument }: Command): Rule => ({
  kinds: ['password'], triggers: { words },
  find: (scan, at) => {
    const { text } = scan
    const behind = text.charCodeAt(at + 2)
    // A command is followed by arguments: a bracket, a quote or a full stop behind the word says that it is none.
    if (behind === 10 || !/^[A-Za-z_-]{2,14}[ \t]+\S|^redis-cli/.test(text.slice(at, at + 20))) return
    const line = /^[^\n]*/.exec(text.slice(at, at + reachOfLine))?.[0] ?? ''
    const groups = argument.exec(line)?.indices?.slice(1) ?? []
    const range = groups.find(group => group !== undefined)
    if (range === undefined) return
    const [start, end] = [at + range[0], at + range[1]]
    if (looksChosen(text.slice(start, end), true)) scan.add('password', start, end, 0.8)
  },
})

export const commandRules: readonly Rule[] = commands.map(commandRule)
