// Where people and files write secrets, and what looks like one and is none. Every value is invented; those that look like something issued
// are put together here, so that no scanner takes this file for a leak. `§` is where the value stands.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { BuiltInKind } from '../../../gateway/exchange/kinds.ts'
import { isSecret } from '../../../gateway/exchange/kinds.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'

const secretsIn = (text: string, key: string | null = null): { kind: string; value: string }[] =>
  findEntities(text, key, 0.5).filter(({ kind }) => isSecret(kind)).map(({ kind, start, end }) => ({ kind, value: text.slice(start, end) }))

const digest = (seed: string, algorithm = 'sha256', encoding: 'hex' | 'base64' | 'base64url' = 'hex'): string => createHash(algorithm).update(seed).digest(encoding)
const letters = (seed: string, length: number): string => digest(seed, 'sha512', 'base64').replace(/[^A-Za-z0-9]/g, '').slice(0, length)
const uuidOf = (seed: string): string => digest(seed).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const chosen = ['Tr0ub4dor', '&3xy'].join('')
const simple = ['hunter', '22'].join('')
const word = ['sword', 'fish'].join('')
const issued = letters('issued', 40)
const hex = digest('hex', 'md5')
const aws = digest('aws', 'sha1', 'base64').slice(0, 27) + letters('aws', 13)
const crypt = `$6$${letters('salt', 16)}$${letters('hash', 60)}.x/${letters('end', 23)}`
const bcrypt = `$2y$12$${letters('bcrypt', 53)}`

interface Case { readonly kind: BuiltInKind; readonly value: string; readonly texts: readonly (string | readonly [text: string, key: string])[] }

const cases: readonly Case[] = [
  { kind: 'password', value: chosen, texts: [
    'password = "§"', "password='§'", 'password: §', 'PASSWORD=§', 'export DB_PASSWORD=§', 'DB_PASSWORD_PROD="§"', '{"password":"§"}', '{"password": "§", "user": "a"}', String.raw`{\"password\": \"§\"}`, 'userPassword: "§",', "$config['password'] = '§';",
    "'password' => '§',", 'password := "§"', 'db.password=§\ndb.user=a', 'spring.datasource.password: §', '<password>§</password>', '<user>a</user><Pass>§</Pass>', '<add key="Password" value="§"/>', '<property name="password" value="§"/>',
    '<connection user="a" password="§"/>', 'the password is §', 'The password for the database is §.', 'password is "§"', 'login anna password §', 'machine a.example login b password §', 'tool --password=§ --verbose', 'tool --password § --verbose',
    'tool --db-password "§"', "define('DB_PASSWORD', '§');", "define( 'DB_PASSWORD',     '§' );", 'ENV DB_PASSWORD §', 'ENV DB_PASSWORD=§', 'password = "§" # the one of staging', 'variable "db_password" {\n  type = string\n  default = "§"\n}',
    '- name: DB_PASSWORD\n  value: "§"', '- name: DB_PASSWORD\n  value: §', 'mysql -u root -p§ shop', "mysql -u root -p'§' shop", 'curl -u admin:§ https://api.example.com', 'curl --user admin:§ https://api.example.com', 'sshpass -p § ssh a@b', 'redis-cli -h a -a § ping',
    'docker login -u a -p § registry.example.com', 'htpasswd -bc .htpasswd anna §', 'openssl rsa -in k -passin pass:§', 'keytool -storepass § -list', 'smbclient //a/b -U anna%§', "conn.login('anna@example.com', '§')", 'db.example.com:5432:shop:anna:§', 'https://a.example/login?user=a&password=§',
    'Passwort: §', 'Kennwort = "§"', 'set PGPASSWORD=§', 'requirepass = "§"', 'sudo PASS=§ ./run', ['§', 'password'], ['§', 'db_password'], ['§', 'userPassword'], ['§', 'passphrase'],
  ] },
  { kind: 'password', value: simple, texts: ['{"pass": "§"}', 'MLAB_PASS=§', "password: '§'", 'dbpasswd = "§"', 'login root password §', 'AdminPassword=§\nPassword=', ['§', 'password'], ['§', 'pass']] },
  { kind: 'password', value: word, texts: ['"passphrase": "§"', "password: '§'", 'IRC_PASS=§', '<Pass>§</Pass>', 'login root password §', ['§', 'password']] },
  { kind: 'password', value: base64(`anna:${chosen}`), texts: ['Authorization: Basic §', '{"Authorization":"Basic §"}', "-H 'Authorization: Basic §'", ['Basic §', 'authorization']] },
  { kind: 'password', value: crypt, texts: ['root:§:19000:0:99999:7:::', 'hash = "§"', '§'] },
  { kind: 'password', value: bcrypt, texts: ["(1, 'anna', '§', 1),", 'admin:§', '{"hash":"§"}'] },
  { kind: 'password', value: `$apr1$${letters('apr', 8)}$${letters('apr1', 22)}`, texts: ['admin:§', 'anna:§\n'] },
  { kind: 'password', value: `{SSHA}${letters('ldap', 38)}==`, texts: ['userPassword: §', '§'] },
  { kind: 'password', value: `pbkdf2_sha256$600000$${letters('dj', 22)}$${letters('django', 43)}=`, texts: ['§', "('anna', '§')"] },
  { kind: 'api_key', value: issued, texts: [
    'api_key = "§"', 'API_KEY=§', 'apiKey: "§"', '"client_secret": "§"', 'clientSecret=§', 'the token is §', 'access_token=§&next=1', 'x-api-key: §', 'X-Auth-Token: §', 'Authorization: Bearer §', 'Authorization: token §', "headers: { Authorization: 'Bearer §' }",
    'secret_key_base: §', 'SIGNING_KEY="§"', 'WEBHOOK_SECRET=§', "process.env.API_TOKEN = '§'", "os.environ['API_KEY'] = '§'", 'tool --token § --verbose', 'tool --api-key=§', '<string name="api_key">§</string>', '<apiKey>§</apiKey>', "setProperty('api_key', '§')",
    'stripeKey = "§"', 'credentials: "§"', '//registry.example.com/:_authToken=§', 'encryption_key = §', ['§', 'api_key'], ['§', 'clientSecret'], ['§', 'access_token'], ['§', 'X-Api-Key'],
  ] },
  { kind: 'api_key', value: hex, texts: ['api_key: §', '"HEROKU_API_KEY": "§"', 'datadog_key = §', 'secret: "§"', 'APP_SECRET=§', ['§', 'apiKey']] },
  { kind: 'api_key', value: `${hex}-us11`, texts: ['§', 'MAILCHIMP=§', '"§"'] },
  { kind: 'api_key', value: uuidOf('heroku'), texts: ['HEROKU_API_KEY=§', '_authToken=§', 'heroku token: §', 'snyk_token = "§"'] },
  { kind: 'api_key', value: `123456789:AA${letters('telegram', 33)}`, texts: ['§', 'bot = "§"', 'https://api.telegram.org/bot/§/x'] },
  { kind: 'api_key', value: `${letters('atlas', 14)}.atlasv1.${letters('atlas1', 64)}`, texts: ['§', 'token = "§"'] },
  { kind: 'api_key', value: `${letters('mm', 6)}_${letters('mmk', 29)}_mmk`, texts: ['§', 'LicenseKey §'] },
  { kind: 'api_key', value: "MW1pxMctoyA(>M%0Vl 2(#o0|2$cB+K|.G$hB~4`Juw@]:(5;oVUl<W3^e_R-fg".split('').reverse().join(''), texts: ["define('AUTH_KEY',         '§');", "define('LOGGED_IN_KEY', '§');"] },
  { kind: 'api_key', value: base64('invented-value-7'), texts: ['apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  anything: §\n', 'kind: Secret\nstringData:\n  other.name: "§"', 'data:\n  a.b: §\nkind: Secret\n'] },
  { kind: 'private_key', value: letters('jwk', 43), texts: ['{"kty":"EC","crv":"P-256","x":"abc","d":"§"}', '{"d": "§", "kty": "OKP"}', '{"kty":"oct","k":"§"}'] },
  { kind: 'private_key', value: base64(`${'-'.repeat(5)}BEGIN RSA PRIVATE KEY${'-'.repeat(5)}\n${letters('tls', 64)}`), texts: ['tls.key: §', '§'] },
  { kind: 'cloud_key', value: aws, texts: ['AWS_SECRET_ACCESS_KEY=§', 'aws_secret_access_key = §', '"SecretAccessKey": "§"', '"secretAccessKey": "§",', 'aws.secretKey=§', ['§', 'SecretAccessKey']] },
  { kind: 'cloud_key', value: `${letters('azure', 3)}8Q~${letters('azure1', 34)}`, texts: ['§', 'client_secret = "§"', 'AZURE_CLIENT_SECRET=§'] },
  { kind: 'cloud_key', value: `${letters('storage', 43)}${letters('storage1', 43)}==`, texts: ['DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§;EndpointSuffix=core.windows.net'] },
  { kind: 'cloud_key', value: `${letters('sas', 43)}%3D`, texts: ['https://a.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=§', 'sv=2022-11-02&sig=§&se=2030'] },
  { kind: 'connection_string', value: `Server=tcp:db.example.com,1433;Database=shop;User ID=anna;Password=${chosen};Encrypt=True`, texts: ['"§"', '<add connectionString="§"/>', 'ConnectionStrings__Main=§', '§'] },
  { kind: 'connection_string', value: `Driver={ODBC Driver 18 for SQL Server};Server=db;Uid=anna;Pwd=${chosen};`, texts: ['"§"', "conn = '§'"] },
  { kind: 'connection_string', value: `jdbc:postgresql://db.example.com:5432/shop?user=anna&password=${chosen}`, texts: ['url=§', '"§"', '§ '] },
  { kind: 'connection_string', value: `jdbc:oracle:thin:anna/${simple}@//db.example.com:1521/orcl`, texts: ['"§"', '§'] },
  { kind: 'cookie', value: letters('cookie', 32), texts: ['Cookie: theme=dark; sessionid=§', 'Set-Cookie: sid=§; Path=/; HttpOnly', '{"Cookie":"PHPSESSID=§"}', "curl -b x --cookie 'session=§'", 'PHPSESSID=§', ['lang=en; auth=§', 'cookie'], ['SID=§; Path=/', 'set-cookie']] },
  { kind: 'private_key', value: `AGE-SECRET-${['KEY', '-1'].join('')}${letters('age', 58).toUpperCase()}`, texts: ['§', '# created\n§\n'] },
  { kind: 'private_key', value: 'legal winner thank year wave sausage worth useful legal winner thank yellow', texts: ['mnemonic: "§"', 'seed phrase: §', 'recovery_phrase = "§"'] },
]

describe('secrets are found with exact edges where they are really written', () => {
  for (const { kind, value, texts } of cases) {
    for (const each of texts) {
      const [template, key] = typeof each === 'string' ? [each, null] : each
      test(`${kind} in ${JSON.stringify(template)}${key === null ? '' : ` under ${key}`}`, () => {
        assert.deepEqual(secretsIn(template.replace('§', () => value), key), [{ kind, value }])
      })
    }
  }
})

const dashes = '-'.repeat(5)
const bodyLines = [letters('pem', 64), letters('pem1', 64), letters('pem2', 30)]
const armour = (label: string, line: string, ...headers: readonly string[]): string => [`${dashes}BEGIN ${label}${dashes}`, ...headers, ...bodyLines, `${dashes}END ${label}${dashes}`].join(line)

describe('private keys', () => {
  const wholes = [
    armour('PRIVATE KEY', '\n'), armour('ENCRYPTED PRIVATE KEY', '\r\n'), armour('RSA PRIVATE KEY', '\n', 'Proc-Type: 4,ENCRYPTED', `DEK-Info: AES-128-CBC,${hex.toUpperCase()}`, ''), armour('OPENSSH PRIVATE KEY', String.raw`\n`),
    armour('PRIVATE KEY', String.raw`\\n`), armour('PGP PRIVATE KEY BLOCK', '\n', 'Version: 2', ''), armour('PRIVATE KEY', ' '), `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${bodyLines.join('\n')}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
  ]
  for (const [index, whole] of wholes.entries()) {
    test(`armour ${index} is one finding, in whatever it stands`, () => {
      for (const [before, after] of [['', ''], ['key:\n', '\nthat was it'], ['{"private_key":"', '"}'], ['KEY="', '"\nOTHER=1']] as const) {
        assert.deepEqual(secretsIn(before + whole + after), [{ kind: 'private_key', value: whole }], before)
      }
    })
  }

  test('a key without its end is covered up to its last line, and what follows in words is not', () => {
    const cut = [`${dashes}BEGIN PRIVATE KEY${dashes}`, ...bodyLines].join('\n')
    assert.deepEqual(secretsIn(`${cut}\n\nCan you tell me what is wrong with this key?`), [{ kind: 'private_key', value: cut }])
  })

  test('of a PuTTY file the private lines are covered', () => {
    const file = `PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 1\n${bodyLines[1]!}\nPrivate-Lines: 2\n${bodyLines[0]!}\n${bodyLines[2]!}\nPrivate-MAC: ${digest('mac', 'sha1')}\n`
    assert.deepEqual(secretsIn(file), [{ kind: 'private_key', value: `${bodyLines[0]!}\n${bodyLines[2]!}` }])
  })

  test('markers without a key between them are none', () => {
    for (const text of [`${dashes}BEGIN PRIVATE KEY${dashes}`, `starts with ${dashes}BEGIN PRIVATE KEY${dashes} and ends with ${dashes}END PRIVATE KEY${dashes}`, `${dashes}BEGIN PRIVATE KEY${dashes}\n...\n${dashes}END PRIVATE KEY${dashes}`,
      `if (text.startsWith('${dashes}BEGIN PRIVATE KEY${dashes}')) return importPrivateKeyFromPemText(text)`]) assert.deepEqual(secretsIn(text), [], text)
  })
})

/** Values that look like something issued. */
const shapes: Readonly<Record<string, (seed: string) => string>> = {
  'a SHA-1': seed => digest(seed, 'sha1'), 'a SHA-256': seed => digest(seed), 'an MD5': seed => digest(seed, 'md5'), 'a UUID': uuidOf, 'base64': seed => digest(seed, 'sha256', 'base64'), 'base64url': seed => digest(seed, 'sha256', 'base64url'), 'letters and digits': seed => letters(seed, 24),
}
/** Places where such values stand and are nobody's secret. */
const harmless: readonly string[] = [
  '§', 'commit §', 'id: §', '"id": "§"', '"integrity": "sha512-§"', 'resolved "https://registry.example.com/a/-/a-1.0.0.tgz#§"', 'sha256:§', 'image: registry.example.com/app@sha256:§', 'etag: "§"', 'ETag: W/"§"', 'checksum = "§"', 'https://example.com/files/§/view', 'digest: §',
  'request_id=§', 'trace-id: §', 'traceparent: 00-§-01', 'session_id: §', '"cacheKey": "§"', 'cache_key=§', 'primaryKey: "§"', 'publicKey = "§"', 'ssh-rsa §', 'src="data:image/png;base64,§"', 'url(data:font/woff2;base64,§)', 'className="css-§"', 'nextPageToken: "§"', '"next_token": "§"',
  'revision = §', 'pod/web-§', 'etcd-§', 'bundle.§.js', '<link href="/static/main.§.css">', "key: '§-row'", 'fingerprint §', 'index §..0000000 100644', '"hash": "§"', '"nonce": "§"', 'boundary=§', 'Content-MD5: §', 'object §', 'tree §', 'foreign_key: §', '"sortKey": "§"', 'idempotency-key: §', 'partition_key=§', 'signature §', 'v1.2.3+§',
]

describe('what looks like a secret and is none is left alone', () => {
  for (const [what, shapeOf] of Object.entries(shapes)) {
    for (const template of harmless) {
      test(`${what} in ${JSON.stringify(template)}`, () => {
        for (const seed of ['first', 'second', 'third']) assert.deepEqual(secretsIn(template.replace('§', () => shapeOf(seed + template))), [])
      })
    }
  }

  const texts: readonly (readonly [text: string, key?: string])[] = [
    ['password: ${DB_PASSWORD}'], ['password: "${{ secrets.DB_PASSWORD }}"'], ['password = "{{ vault_password }}"'], ['password: <your password>'], ['password: "********"'], ['PASSWORD=changeme'], ['PASSWORD=your-password-here'], ['api_key: "YOUR_API_KEY_1234"'],
    ['api_key: "xxxxxxxxxxxxxxxx"'], ['API_KEY=sk-...'], ['token = os.environ["API_TOKEN"]'], ['const token = process.env.TOKEN_V2'], ['password = getpass.getpass()'], ['password=config.password'], ['const password = req.body.password'], ['this.password = password'], ['password: string'],
    ['password: string;'], ['password?: string | undefined'], ['private String password;'], ['token: AccessToken'], ['password: z.string().min(8)'], ['password: hashedPassword,'], ['"password": "Password"'], ['"forgotPassword": "Forgot your password?"'], ['"confirm_password": "Confirm password"'],
    ['"passwordPlaceholder": "Enter password"'], ['type="password"'], ['<input type="password" name="password">'], ['{"password":{"type":"string","format":"password"}}'], ['password: required'], ['The password must have 8 characters.'], ['password is required'], ['Password is case-sensitive'],
    ['password md5'], ['password sha256'], ['password reset link 2024'], ['Your password is base64-encoded'], ['the token is expired'], ['the key is pressed'], ['PASSWORD_FILE=/run/secrets/db_password'], ['password_file: /etc/app/password.txt'], ['key_path: "~/.ssh/id_ed25519"'], ['private_key: ./keys/server.pem'],
    ['TOKEN_URL=https://auth.example.com/oauth2/token'], ['secretName: web-tls-2024'], ['secretKeyRef:\n  name: db-credentials\n  key: password1'], ['kind: Secret'], ['max_tokens: 4096'], ['"total_tokens": 12345'], ['tokenizer: cl100k_base'], ['token: "keyword.operator.new2"'], ['key: "ArrowLeft"'],
    ['keyboard_key: "F12"'], ['PWD=/home/anna/project1'], ['OLDPWD=/var/lib/app2'], ['bypass: true2'], ['pass 12 of 40'], ['tests: 40, pass: 38, fail: 2'], ['auth: true'], ['author: anna2024'], ['auth=basic'], ['authorization: Bearer <token>'], ['Authorization: Bearer ${token}'], ['Authorization: Bearer YOUR_TOKEN_1234567'],
    ['bearer of bad news 2024'], ['basic authentication'], ['Basic dGVzdA'], ['cookie: theme=dark; lang=en-GB'], ['cookie consent banner'], ['Set-Cookie: theme=dark; Path=/; Max-Age=31536000'], ['the cookie = 3 biscuits'], ['mysql -u root -p shop'], ['mysql -u root -p$MYSQL_PASSWORD shop'], ['curl -u admin:$PASSWORD https://a.example'],
    ['curl -u "$USER:$PASSWORD" https://a.example'], ['docker login -u a --password-stdin'], ['jdbc:postgresql://db.example.com/shop'], ['jdbc:mysql://db/shop?user=anna&password=${DB_PASS}'], ['Server=db;Database=shop;Integrated Security=true'], ['Server=db;User Id=a;Password=<password>;'], ['$6$ costs'], ['US$6$5'], ['seed: 42'], ['seed phrase: twelve words'],
    ['color: #a1b2c3d4'], ['.sk-fading-circle1 { color: red }'], ['sk-learn-style-guide-2-for-the-team'], ['pk_index_on_users_and_orders_by_date'], ['re_render_on_change_of_props_2'], ['hf_transformers_training_arguments_v2'], ['key-value-store-of-the-cluster-2'], ['npm_config_user_agent'], ['npm_package_version_of_the_workspace'], ['SG.getInstance.getConfig'],
    ['EAAM'], ['AIzaSyntax'], ['AKIDEXAMPLE'], ['https://hooks.slack.com/services/'], ['ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'], ['api-key', 'type'], ['required', 'password'], ['password', 'password'], ['Passwort eingeben', 'password'], ['string', 'token'], ['anna@example.com', 'auth'],
    ['./secret.txt', 'secret'], ['https://example.com/reset', 'password'], ['true', 'password'], ['[PASSWORD_1]', 'password'], ['password: [PASSWORD_1]'], ['api_key = "[API_KEY_12]"'], ['AdminPassword', 'password'], ['${TOKEN}', 'token'], ['user.token', 'token'], ['next-page-2', 'pageToken'],
    ['ADD_PASSWORD = "add_password"'], ['kind: ConfigMap\ndata:\n  anything: aW52ZW50ZWQtdmFsdWUtNw==\n'], ['{"kty":"EC","crv":"P-256","x":"aW52ZW50ZWQtdmFsdWUtNw","y":"aW52ZW50ZWQtdmFsdWUtNw"}'], ['append(environment, "PWD="+command.directory1)'], ['pw := &wrapper2'], ['Password: password2,'], ['K$3$m$H$+$N9b$/$J$C$F$$$kItJ,$K$K$K$K$K$K'], ['the URI with the username and password stripped2'], ['allow user to pass execution'], ['"pbkdf2-password": "^1.2.1"'], ["'Test2::Event::Pass' => '1.302103'"], ['private_key: ed25519.Ed25519PrivateKey'],
    ["'ssh2_auth_password', 'ssh2_auth_pubkey_file'"], ['apt\tpasswd\t1:4.13+dfsg1-1+deb12u1'], ['to pass to each cache\n\nconst max = 1000'], ['STENCIL_PASS_DEPTH_PASS: 0x0B96'], ['badge.svg?token=a1B2c3D4e5'], ['pass `--mangle2` to it'], ['function login(user1, password2) {'], ["login('user', 'password')"], ['expect(page.getByLabel("Password")).toBeVisible()'],
  ]
  for (const [text, key] of texts) {
    test(`nothing in ${JSON.stringify(text)}${key === undefined ? '' : ` under ${key}`}`, () => { assert.deepEqual(secretsIn(text, key ?? null), []) })
  }
})
