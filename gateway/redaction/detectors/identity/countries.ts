// Names of countries in English, from the runtime's own tables (CLDR), and how people write some of them otherwise.

const codes = `AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ
FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML
MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TL
TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

const others = ['United States of America', 'USA', 'U.S.A.', 'UK', 'U.K.', 'Great Britain', 'England', 'Scotland', 'Wales', 'Northern Ireland', 'Republic of Ireland', 'Czech Republic', 'Holland', 'The Netherlands', 'Burma', 'Ivory Coast', 'Swaziland',
  'Cape Verde', 'East Timor', 'Macedonia', 'Turkey', 'South Korea', 'North Korea', 'Republic of Korea', 'Russian Federation', 'People\'s Republic of China', 'Democratic Republic of the Congo', 'Republic of the Congo', 'Congo', 'UAE', 'Bosnia and Herzegovina',
  'Trinidad and Tobago', 'Antigua and Barbuda', 'Saint Lucia', 'Saint Kitts and Nevis', 'Saint Vincent and the Grenadines', 'São Tomé and Príncipe', 'Hong Kong', 'Macau', 'Palestine', 'Vatican City', 'Myanmar', 'Federated States of Micronesia', 'The Gambia', 'The Bahamas',
  'Deutschland', 'Österreich', 'Schweiz', 'España', 'Italia', 'Nederland', 'België', 'Belgique', 'Suisse', 'Sverige', 'Norge', 'Danmark', 'Suomi', 'Polska', 'Česko', 'Brasil', 'México'] as const

const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })

/** As they are written, the longest first, so that the first that fits is the whole of it. */
export const countryNames: readonly string[] = [...new Set([...codes.split(/\s+/).flatMap(code => english.of(code) ?? []).map(name => name.replace(/ \(.*\)$/, '')), ...others])].sort((a, b) => b.length - a.length)

/** An expression for any of them, as written or in capitals; without anchors. */
export const anyCountry = [...countryNames, ...countryNames.map(name => name.toUpperCase())].map(name => name.replaceAll('.', '\\.')).join('|')
