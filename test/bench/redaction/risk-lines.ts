// Where the secrets of leaky-repo stand, read off its files by us: the set itself only counts them. A range is one secret over several lines.
// Where its count is higher than the lines in which we see a secret, these are all that are listed.

/** Lines by file: of secrets, and of what the set calls informative (half of a credential, hosts, account names), where an alarm is not wrong. */
interface Lines { readonly risk: string; readonly informative?: string }

const table: Readonly<Record<string, Lines>> = {
  '.bash_profile': { risk: '12 20 21 22 23 24', informative: '11 18 19 25 26' },
  '.bashrc': { risk: '105 106 109', informative: '104 107 108' },
  '.docker/.dockercfg': { risk: '4 8', informative: '3 7' },
  '.docker/config.json': { risk: '5 9', informative: '4 8' },
  '.mozilla/firefox/logins.json': { risk: '11 12 27 28 43 44 59 60', informative: '6 15-18 22 31-34 38 47-50 54 63-66' },
  '.ssh/id_rsa': { risk: '1-27' },
  '.ssh/id_rsa.pub': { risk: '', informative: '1' },
  'cloud/.credentials': { risk: '4 7', informative: '3 6' },
  'cloud/.s3cfg': { risk: '1', informative: '2 4' },
  'cloud/.tugboat': { risk: '4', informative: '3 6' },
  'cloud/heroku.json': { risk: '4', informative: '3' },
  'db/dump.sql': { risk: '32 33 34 35 36 37 38 39 40 41' },
  'db/mongoid.yml': { risk: '4' },
  'etc/shadow': { risk: '20' },
  'filezilla/recentservers.xml': { risk: '13 30', informative: '6 11 23 28' },
  'filezilla/filezilla.xml': { risk: '13', informative: '6 11' },
  'high-entropy-misc.txt': { risk: '', informative: '1 2' },
  'misc-keys/cert-key.pem': { risk: '1-28' },
  'misc-keys/putty-example.ppk': { risk: '11-26', informative: '1-10' },
  'proftpdpasswd': { risk: '1' },
  'web/ruby/config/master.key': { risk: '1' },
  'web/ruby/secrets.yml': { risk: '14 17 22' },
  'web/var/www/.env': { risk: '5 14 23 33', informative: '8 10 12 21 28 31' },
  '.npmrc': { risk: '7 9', informative: '5' },
  'web/var/www/public_html/wp-config.php': { risk: '20 33 35 37 39 41 43 45 47', informative: '16 18 22' },
  'web/var/www/public_html/.htpasswd': { risk: '1' },
  '.git-credentials': { risk: '1' },
  'db/robomongo.json': { risk: '14 22 27', informative: '13 18 21 26' },
  'web/js/salesforce.js': { risk: '7' },
  '.netrc': { risk: '1 2' },
  'hub': { risk: '4', informative: '3' },
  'config': { risk: '10', informative: '3 5 8' },
  'db/.pgpass': { risk: '2' },
  'ventrilo_srv.ini': { risk: '7 8' },
  'web/var/www/public_html/config.php': { risk: '11', informative: '4 7 9' },
  'db/dbeaver-data-sources.xml': { risk: '4' },
  '.esmtprc': { risk: '4', informative: '1 2 3' },
  'web/django/settings.py': { risk: '24' },
  'deployment-config.json': { risk: '5', informative: '3 4 7' },
  '.ftpconfig': { risk: '6 12', informative: '3 5 8' },
  '.remote-sync.json': { risk: '17', informative: '9 15 16' },
  '.vscode/sftp.json': { risk: '6', informative: '3 4 5' },
  'sftp-config.json': { risk: '15', informative: '13 14 18' },
  '.idea/WebServers.xml': { risk: '6', informative: '5' },
}

/** Line numbers from 1 on, both ends included. */
export interface LineRange { readonly first: number; readonly last: number }

export const lineRanges = (text: string): readonly LineRange[] => text.split(' ').filter(part => part !== '').map(part => {
  const [first = 0, last = first] = part.split('-').map(Number)
  return { first, last }
})

export interface RiskLines { readonly risk: readonly LineRange[]; readonly informative: readonly LineRange[] }

/** Of one file of the set; empty for files that we have not seen. */
export const riskLinesOf = (file: string): RiskLines => {
  const lines = table[file]
  return { risk: lineRanges(lines?.risk ?? ''), informative: lineRanges(lines?.informative ?? '') }
}
