// Nationalities, religions and political groups, from closed lists of words: the last two are special categories of data (GDPR, article 9). A
// word alone says little about anybody, and words that mean something else as often need words around them that say so.
import type { BuiltInKind } from '../../exchange/kinds.ts'
import type { Rule } from '../rule.ts'

/** Written with a capital; some also end in "s". */
const nationalities = `afghan albanian algerian american andorran angolan argentine argentinian armenian australian austrian azerbaijani bahamian bahraini bangladeshi barbadian basque belarusian belgian belizean belizian beninese bhutanese
bolivian bosnian botswanan brazilian british bruneian bulgarian burkinabe burmese burundian cambodian cameroonian canadian catalan chadian chechen chilean chinese colombian comorian congolese croatian cuban cypriot czech danish dominican
dutch ecuadorean ecuadorian egyptian emirati english englishman englishwoman eritrean estonian ethiopian fijian filipino finnish french frenchman frenchwoman gabonese gambian georgian german ghanaian greek greenlander greenlandic grenadian
guatemalan guinean guyanese haitian honduran hungarian icelander icelandic indian indonesian iranian iraqi irish irishman irishwoman israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean kosovar kurdish kuwaiti kyrgyz
laotian latvian lebanese liberian libyan lithuanian luxembourgish macedonian malagasy malawian malaysian maldivian malian maltese mauritanian mauritian mexican moldovan mongolian montenegrin moroccan mozambican namibian nepalese nicaraguan
nigerian nigerien norwegian omani pakistani palestinian panamanian paraguayan persian peruvian polish portuguese qatari romanian russian rwandan salvadoran samoan saudi scottish scotsman senegalese serbian singaporean slovak slovakian
slovene slovenian somali spanish spaniard sudanese surinamese swazi swede swedish swiss syrian taiwanese tajik tanzanian thai tibetan togolese tongan tunisian turkish turkmen ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh
welshman yemeni zambian zimbabwean`.split(/\s+/)

/** Words of these languages and things ("polish", "swede") are nationalities only with a capital; the others in any case. */
const needsCapital: ReadonlySet<string> = new Set(['polish', 'swede', 'greek', 'german', 'english', 'french', 'indian', 'persian', 'turkish', 'dutch', 'swiss', 'welsh', 'basque', 'georgian', 'thai', 'chinese', 'american'])

/** Behind these the word names a language, or a thing that has the name. */
const otherBehind = /^[ -](?:language|translation|version|alphabet|keyboard|subtitles|dictionary|speakers?|grammar|wikipedia|locale|express|airlines|press|doors?|fries|toast|salad|shepherd|muffin)\b/i

const religions = `christian catholic protestant lutheran methodist baptist evangelical anglican presbyterian calvinist mormon quaker adventist pentecostal muslim moslem islamic sunni shia shiite shii shiis jewish jew hindu buddhist sikh jain taoist
zoroastrian atheist agnostic bahai rastafarian wiccan scientologist`.split(/\s+/)

const politics = `republican republicans democrat democrats socialist socialists communist communists marxist marxists anarchist anarchists fascist fascists libertarian libertarians conservative conservatives liberal liberals tory tories labour
greens nationalist nationalists populist populists royalist royalists monarchist monarchists unionist unionists separatist separatists feminist feminists trotskyist maoist`.split(/\s+/)
/** Without a capital these are ordinary adjectives and nouns. */
const ordinary: ReadonlySet<string> = new Set(['republican', 'republicans', 'democrat', 'democrats', 'conservative', 'conservatives', 'liberal', 'liberals', 'labour', 'greens', 'unionist', 'unionists', 'tory', 'tories'])
const partyBehind = /^ (?:party|voters?|politician|mp|mep|senator|candidate|activists?|members?|supporters?|government)\b/i
const partyBefore = /\b(?:is|am|are|was|were|a|an|the|vot(?:e|ed|es|ing)(?: for)?(?: the)?|member of the|joined the|supports?(?: the)?|registered|lifelong|staunch) $/i

const rule = (kind: BuiltInKind, words: readonly string[], judge: (word: string, before: string, behind: string) => number): Rule => ({
  kinds: [kind], triggers: { words },
  find: (scan, at) => {
    const { text } = scan
    let end = at
    while (end - at < 20 && /[a-z]/i.test(text.charAt(end))) end += 1
    // A part of a name in a program, of a path or of a link is none.
    if (/[\w/.@#-]/.test(text.charAt(at - 1)) || /^(?:[\w/@]|[.-]\w)/.test(text.slice(end, end + 2)) || /[^\x00-\x7F]/.test(text.charAt(end))) return
    const confidence = judge(text.slice(at, end), text.slice(Math.max(0, at - 32), at), text.slice(end, end + 24))
    if (confidence > 0) scan.add(kind, at, end, confidence)
  },
})

const isCapitalised = (word: string): boolean => /^[A-Z]/.test(word)

const singular = (word: string): string => word.toLowerCase().replace(/s$/, '')

const nationality = rule('nationality', nationalities.flatMap(word => word.endsWith('s') || word.endsWith('h') ? [word] : [word, `${word}s`]), (word, _, behind) => {
  if (otherBehind.test(behind)) return 0
  if (isCapitalised(word)) return 0.55
  return needsCapital.has(word.toLowerCase()) || needsCapital.has(singular(word)) ? 0 : 0.5
})

const religion = rule('religion', religions.flatMap(word => word.endsWith('s') || word.endsWith('h') ? [word] : [word, `${word}s`]), word => isCapitalised(word) ? 0.6 : 0.5)

const political = rule('politics', politics, (word, before, behind) => {
  const named = partyBehind.test(behind) || (isCapitalised(word) && partyBefore.test(before))
  return ordinary.has(word.toLowerCase()) ? (named && (isCapitalised(word) || /^ (?:party|voter|mp|senator|candidate)/i.test(behind)) ? 0.55 : 0) : 0.5
})

export const groups: readonly Rule[] = [nationality, religion, political]
