// Published formats of secrets, one row each: the beginning that gives it away and the body behind it (body.ts says how bodies are written,
// alphabets.ts what their letters stand for). Where a vendor lengthened its tokens the range is wide: the beginning is what identifies them.
import type { BuiltInKind } from '../../../exchange/kinds.ts'

export interface Format {
  readonly vendor: string
  /** Any of these. What stands before "|" is a name and stays readable. */
  readonly prefixes: readonly string[]
  readonly body: string
  readonly kind: BuiltInKind
  /** One of these (lower case) stands close before, or the beginning says too little. */
  readonly context?: readonly string[]
  /** A wrong one lowers the confidence. */
  readonly checksum?: 'crc32'
}

type More = Partial<Pick<Format, 'kind' | 'context' | 'checksum'>>

const row = (vendor: string, prefixes: string, body: string, more: More = {}): Format => ({ vendor, prefixes: prefixes.split(' '), body, kind: 'api_key', ...more })

const cloud = { kind: 'cloud_key' } as const
const uuid = 'X8 - X4 - X4 - X4 - X12'

export const formats: readonly Format[] = [
  row('1Password', 'A3-', 'u6 - u11 - u5 - u5 - u5'), row('1Password', 'A3-', 'u6 - u6 - u5 - u5 - u5 - u5'), row('1Password', 'ops_eyJ', 'z100-1500'),
  row('Adafruit', 'aio_', 'n28'), row('Adobe', 'p8e-', 'n32'), row('age', 'AGE-SECRET-KEY-1', 'u58', { kind: 'private_key' }), row('Airtable', 'pat', 'n14 . x64'),
  row('Alibaba Cloud', 'LTAI', 'n12-24', cloud), row('Anthropic', 'sk-ant-', 's20-200'), row('Artifactory', 'AKCp', 'n50-80'), row('Artifactory', 'cmVmd', 'n59'),
  row('Asana', '1/ 2/', 'd10-20 : x32'), row('Asana', '2/', 'd10-20 / d10-20 : x32'), row('Atlassian', 'ATATT3 ATCTT3 ATSTT3', 'e100-300'), row('Atlassian', 'ATBB', 'n28-40'),
  row('Authress', 'authress_ scauth_ sc_ ext_', 'n5-30 . n4-6 . acc s11-33 . y30-120'), row('AWS', 'AKIA ASIA ABIA ACCA', 't16', cloud), row('AWS', 'A3T', 'u17', cloud),
  row('AWS', 'AGPA AIDA AROA AIPA ANPA ANVA', 'u16', cloud), row('Amazon Bedrock', 'ABSK', 'z100-290', cloud), row('Amazon Bedrock', 'bedrock-api-key-', 'z40-2000', cloud),
  row('Azure Storage', 'AccountKey=|', 'b86 ==', cloud), row('Azure', 'SharedAccessKey=|', 'b43 =', cloud), row('Azure', 'sig=|', 'p40-100', { ...cloud, context: ['sv=', 'se=', 'sr=', 'sp='] }),
  row('Beamer', 'b_', 'e44', { context: ['beamer'] }), row('Bitbucket', 'BBDC-', 'b40-60'), row('Buildkite', 'bkua_', 'x40'), row('Cerebras', 'csk-', 'n40-60'), row('CircleCI', 'CCIPAT_', 'n22 _ x40'),
  row('ClickHouse Cloud', '4b1d', 'n38'), row('Clojars', 'CLOJARS_ clojars_', 'n60'), row('Cloudflare', 'v1.0-', 'x24 - x146'), row('Cloudflare', 'cfk_ cfut_ cfat_', 'n40-60'),
  row('Contentful', 'CFPAT-', 's43'), row('Databricks', 'dapi', 'X32'), row('Defined Networking', 'dnkey-', 'e26 - e52'), row('DigitalOcean', 'dop_v1_ doo_v1_ dor_v1_', 'x64'),
  row('Discord', 'MT Mj Mz MD ND NT Nj Nz OD OT', 's21-26 . s6 . s27-40'), row('Discord', 'discord.com/api/webhooks/| discordapp.com/api/webhooks/|', 'd17-20 / s60-80'), row('Docker', 'dckr_pat_ dckr_oat_', 's20-40'),
  row('Doppler', 'dp.pt. dp.ct. dp.sa. dp.scim. dp.audit.', 'n40-44'), row('Doppler', 'dp.st.', 's2-35 . n40-44'), row('Dropbox', 'sl.', 'e60-1500'), row('Duffel', 'duffel_test_ duffel_live_', 'e43'),
  row('Dynatrace', 'dt0c01. dt0s01. dt0s02.', 'n24 . n64'), row('E2B', 'e2b_', 'x40'), row('EasyPost', 'EZAK EZTK', 'n54'), row('Facebook', 'EAAM EAAC EAAG EAAB', 'n80-400'), row('Figma', 'figd_', 's40-200'),
  row('Flutterwave', 'FLWSECK_TEST- FLWSECK-', 'n12-34'), row('Fly.io', 'fo1_', 's43'), row('Fly.io', 'fm1r_ fm1a_ fm2_', 'z100-1500'), row('Frame.io', 'fio-u-', 'e64'),
  row('Freemius', 'sk_', 's29', { context: ['secret_key'] }), row('Google', 'AIza', 's35', cloud), row('Google', 'ya29.', 's20-400'), row('Google', 'GOCSPX-', 's28'), row('Google', '1//0', 's40-200'),
  row('GitHub', 'ghp_ gho_ ghu_ ghs_ ghr_', 'n36', { checksum: 'crc32' }), row('GitHub', 'ghs_', 'd1-20 _ s20-1000 . s20-10000 . s20-1000'), row('GitHub', 'github_pat_', 'w22-255'),
  row('GitLab', 'glpat- gldt- glrt- glft- glsoat- glffct- glrtr- glwt-', 'q20-300'), row('GitLab', 'glcbt-', 'n1-5 _ s20-64'), row('GitLab', 'glptt-', 'x40'), row('GitLab', 'glimt-', 's25-64'),
  row('GitLab', 'glagent-', 's50-64'), row('GitLab', 'gloas-', 's64'), row('GitLab', 'GR1348941', 's20'), row('GitLab', 'gitlab_session=|', 'x32', { kind: 'cookie' }),
  row('GoCardless', 'live_', 'e40', { context: ['gocardless'] }), row('Grafana', 'glc_', 'z32-400'), row('Grafana', 'glsa_', 'n32 _ X8'), row('Grafana', 'eyJrIjoi', 'z70-400'), row('Groq', 'gsk_', 'n40-80'),
  row('Harness', 'pat. sat.', 's22 . n24 . n20'), row('HashiCorp Vault', 'hvs. hvb. hvr.', 's24-300'), row('HashiCorp Vault', 's. b. r.', 'n24', { context: ['vault', 'token'] }), row('Heroku', 'HRKU-', 's30-64'),
  row('Honeycomb', 'hcaik_ hcbik_', 'n58'), row('Hugging Face', 'hf_', 'n30-64'), row('Hugging Face', 'api_org_', 'n34'), row('Infracost', 'ico-', 'n32'), row('Intra 42', 's-s4t2ud- s-s4t2af-', 'x64'),
  row('Jina', 'jina_', 's50-70'), row('LangSmith', 'lsv2_pt_ lsv2_sk_', 'x32 _ x10'), row('Linear', 'lin_api_ lin_oauth_', 'w32-128'), row('Lob', 'live_ test_', 'x35', { context: ['lob'] }),
  row('Mailgun', 'key-', 'x32'), row('Mapbox', 'sk.eyJ tk.eyJ', 's40-90 . s22'), row('Mapbox', 'pk.eyJ', 's40-90 . s22', { context: ['mapbox'] }),
  row('Microsoft Teams', 'webhook.office.com/webhookb2/|', `${uuid} @ ${uuid} /IncomingWebhook/ n32 / ${uuid}`), row('Neon', 'napi_', 'l60-64'), row('Netlify', 'nfp_', 'n36'),
  row('New Relic', 'NRAK-', 'u27'), row('New Relic', 'NRJS-', 'x19'), row('New Relic', 'NRII-', 's32'), row('Notion', 'ntn_', 'n40-50'), row('Notion', 'secret_', 'n43'), row('npm', 'npm_', 'n36', { checksum: 'crc32' }),
  row('NuGet', 'oy2', 'l43'), row('NVIDIA', 'nvapi-', 's60-70'), row('Octopus Deploy', 'API-', 'u25-27'), row('Okta', '00', 's40', { context: ['okta', 'ssws'] }),
  row('OpenAI', 'sk-proj- sk-svcacct- sk-admin-', 's20-300'), row('OpenAI', 'sk-', 's20-200'), row('OpenAI', 'sess-', 'n40'), row('OpenShift', 'sha256~', 's43'), row('Perplexity', 'pplx-', 'n40-64'),
  row('Pinecone', 'pcsk_', 's50-80'), row('Plaid', 'access-sandbox- access-development- access-production-', uuid), row('PlanetScale', 'pscale_tkn_ pscale_oauth_ pscale_pw_', 'q32-64'),
  row('Portcullis', 'pk_ pa_', 's43'), row('PostHog', 'phx_', 'n40-50'), row('Postman', 'PMAK-', 'X24 - X34'), row('Prefect', 'pnu_ pnb_', 'n36'), row('Pulumi', 'pul-', 'x40'), row('PyPI', 'pypi-', 's50-1000'),
  row('PEM in base64', 'LS0tLS1CRUdJTiBQUklWQVRFI LS0tLS1CRUdJTiBSU0EgUFJJV LS0tLS1CRUdJTiBFQyBQUklWQ LS0tLS1CRUdJTiBPUEVOU1NIIF LS0tLS1CRUdJTiBFTkNSWVBURUQgUF LS0tLS1CRUdJTiBEU0EgUFJJV LS0tLS1CRUdJTiBQR1AgUFJJVkFUR', 'z60-8000', { kind: 'private_key' }),
  row('ReadMe', 'rdme_', 'l70'), row('Render', 'rnd_', 'n28-32'), row('Replicate', 'r8_', 'n37-40'), row('Resend', 're_', 'n7-9 _ n20-28'), row('RubyGems', 'rubygems_', 'x48'), row('Scalingo', 'tk-us- tk-eu-', 's48'),
  row('SendGrid', 'SG.', 's16-64 . s16-64'), row('Brevo', 'xkeysib- xsmtpsib-', 'x64 - n16'), row('Sentry', 'sntrys_', 'y60-600'), row('Sentry', 'sntryu_ sntrya_', 'x64'),
  row('SettleMint', 'sm_aat_ sm_pat_ sm_sat_', 'n16'), row('Shippo', 'shippo_live_ shippo_test_', 'X40'), row('Shopify', 'shpat_ shpca_ shppa_ shpss_ shptka_', 'n32-64'),
  row('Slack', 'xoxb- xoxp- xoxa- xoxo- xoxs- xoxr- xoxe- xoxe. xoxc- xapp-', 'q10-350'), row('Slack', 'xoxd-', 'p10-350'), row('Slack', 'hooks.slack.com/services/| hooks.slack.com/workflows/| hooks.slack.com/triggers/|', 'b40-80'),
  row('SonarQube', 'squ_ sqp_ sqa_ sqb_', 'x40'), row('Sourcegraph', 'sgp_', 'X40'), row('Sourcegraph', 'sgp_', 'n5-16 _ X40'), row('Square', 'sq0atp- sq0csp-', 's22-60'), row('Square', 'EAAA', 's60'),
  row('Stripe', 'sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_', 'n10-250'), row('Stripe', 'whsec_', 'z16-100'), row('Supabase', 'sbp_', 'x40'), row('Supabase', 'sb_secret_', 's20-60'),
  row('Tailscale', 'tskey-', 'a2-20 - n8-40 - n16-60'), row('Tavily', 'tvly-', 's20-60'), row('Twilio', 'SK', 'x32'), row('Twitch', 'oauth:|', 'l30', { context: ['twitch', 'irc', 'chat', 'pass'] }), row('Typeform', 'tfp_', 'q40-70'),
  row('Vercel', 'vcp_ vci_ vca_ vcr_ vck_', 'n20-60'), row('Voyage', 'pa-', 's40-50'), row('xAI', 'xai-', 'n60-90'), row('Yandex Cloud', 't1.', 'e20-400 . e86'), row('Yandex Cloud', 'AQVN', 's35-38'),
  row('Windows', 'aad3b435b51404eeaad3b435b51404ee:|', 'X32', { kind: 'password' }), row('Yandex Cloud', 'YCA YCB YCM YCN YCO YCP', 's37', cloud), row('Zapier', 'hooks.zapier.com/hooks/catch/|', 'd5-10 / n5-12'), row('JSON Web Token', 'ZXlKaGJHY2lPaU', 'z60-4000', { kind: 'jwt' }),
]

/** A secret without a beginning of its own: the vendor's name stands near it, in front of "=", ":" or "," and the value has one of these bodies. */
export interface LabelledFormat {
  readonly vendor: string
  /** Lower case, letters only: triggers. */
  readonly words: readonly string[]
  readonly bodies: readonly string[]
  readonly kind: BuiltInKind
}

const named = (vendor: string, words: string, ...bodies: readonly string[]): LabelledFormat => ({ vendor, words: words.split(' '), bodies, kind: 'api_key' })
const ofCloud = (vendor: string, words: string, ...bodies: readonly string[]): LabelledFormat => ({ ...named(vendor, words, ...bodies), kind: 'cloud_key' })

export const labelledFormats: readonly LabelledFormat[] = [
  named('Adafruit', 'adafruit', 's32'), named('Adobe', 'adobe', 'x32'), named('Airtable', 'airtable', 'n17'), named('Algolia', 'algolia', 'l32'), ofCloud('Alibaba Cloud', 'alibaba aliyun', 'n30'),
  named('Asana', 'asana', 'd16', 'l32'), named('Atlassian', 'atlassian confluence jira', 'l20 x4'), named('Auth0', 'auth', 's64'), ofCloud('AWS', 'aws amazon', 'b40'), ofCloud('Azure', 'azure', 'x32', 'l52', 'b86 =='),
  named('Azure DevOps', 'vsts azuredevops', 'l52'), named('Beamer', 'beamer', 'b_ e44'), named('Bitbucket', 'bitbucket', 'l32', 'e64'), named('Bitly', 'bitly', 'x40'), named('Bittrex', 'bittrex', 'l32'),
  named('Braintree', 'braintree', 'x32'), named('Cisco Meraki', 'meraki', 'x40'), named('Cloudflare', 'cloudflare', 's40', 'x37'), named('Cloudinary', 'cloudinary', 's27'), named('Codecov', 'codecov', 'l32', uuid),
  named('Cohere', 'cohere co', 'n40'), named('Coinbase', 'coinbase', 's64'), named('Confluent', 'confluent', 'n16', 'b64'), named('Contentful', 'contentful', 'e43'), named('Datadog', 'datadog dd', 'l40', 'x32'),
  named('DigitalOcean', 'digitalocean', 'x64', 'x32'), named('Discord', 'discord', 'x64', 'd18', 'e32'), named('Drone CI', 'droneci drone', 'l32'), named('Dropbox', 'dropbox', 'n15', 'n11 AAAAAAAAAA e43'),
  named('Etsy', 'etsy', 'l24'), named('Facebook', 'facebook', 'x32', 'd15-16 | s27-40'), named('Fastly', 'fastly', 'e32'), named('Finicity', 'finicity', 'x32', 'l20'), named('Finnhub', 'finnhub', 'l20'),
  named('Flickr', 'flickr', 'l32'), named('FreshBooks', 'freshbooks', 'l64'), named('Giphy', 'giphy', 'n32'), named('GitHub', 'github', 'x40'), named('GitLab', 'gitlab', 's20'), named('Gitter', 'gitter', 's40'),
  named('Heroku', 'heroku', uuid, 'x32'), named('HubSpot', 'hubspot hapikey', uuid), named('Intercom', 'intercom', 'e60'), named('JFrog', 'jfrog artifactory bintray xray', 'l73', 'l64'), named('Kraken', 'kraken', 'z80-90'),
  named('KuCoin', 'kucoin', 'x24', uuid), named('LaunchDarkly', 'launchdarkly', 'e40'), named('Linear', 'linear', 'x32'), named('LinkedIn', 'linkedin linked', 'l14', 'l16'), named('Looker', 'looker', 'l20', 'l24'),
  named('Mailgun', 'mailgun', 'key- x32', 'x32 - x8 - x8'), named('Mattermost', 'mattermost', 'l26'), named('Mozilla Firefox', 'encryptedusername encryptedpassword', 'z40-400'), named('MessageBird', 'messagebird', 'n25', uuid), named('Netlify', 'netlify', 'e40-46'), named('New Relic', 'newrelic relic', 'l64', 'x40'),
  named('npm', 'npm npmjs', uuid), named('NY Times', 'nytimes newyorktimes', 'e32'), named('OpenWeather', 'openweather openweathermap', 'x32'), named('Opsgenie', 'opsgenie', uuid), named('PagerDuty', 'pagerduty', 's20'),
  named('PayPal', 'paypal', 's80'), named('Plaid', 'plaid', 'l24', 'l30'), named('PrivateAI', 'privateai', 'l32'), named('Pusher', 'pusher', 'x20'), named('RapidAPI', 'rapidapi', 's50'), named('Sendbird', 'sendbird', uuid, 'x40'),
  named('Sentry', 'sentry', 'x64', 'x32'), named('Shodan', 'shodan', 'n32'), named('Sidekiq', 'contribsys sidekiq', 'x8 : x8'), named('Snyk', 'snyk', uuid), named('SonarQube', 'sonar sonarqube sonarcloud', 'e40'),
  named('Spotify', 'spotify', 'x32'), named('Squarespace', 'squarespace', uuid), named('Sumo Logic', 'sumologic sumo', 'su n12', 'n64'), named('Travis CI', 'travis', 's22'), named('Trello', 'trello', 'x32', 'x64'),
  named('Twilio', 'twilio', 'x32'), named('Twitch', 'twitch', 'l30'), named('Twitter', 'twitter', 'n25', 'd15-25 - n20-40', 'n45', 'n50', 'AAAAAAAAAAAAAAAAAAAAAA p80-100'), named('WakaTime', 'wakatime', uuid), named('Yandex', 'yandex', 's39'),
  named('Zendesk', 'zendesk', 'n40'),
]

/** Vendors whose secrets have a row here. */
export const vendors: readonly string[] = [...new Set([...formats, ...labelledFormats].map(({ vendor }) => vendor))].sort()
