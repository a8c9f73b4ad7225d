// How streets are named: the words that end a street's name (English), begin one (Romance languages, Polish) or are its last syllables
// (German, Dutch, the Nordic languages).

export const englishStreets: readonly string[] = [
  'street', 'st', 'avenue', 'ave', 'road', 'rd', 'lane', 'ln', 'drive', 'dr', 'court', 'ct', 'boulevard', 'blvd', 'way', 'place', 'pl', 'terrace', 'ter', 'square', 'sq', 'parkway', 'pkwy', 'circle', 'cir', 'highway', 'hwy',
  'trail', 'close', 'crescent', 'gardens', 'grove', 'mews', 'row', 'walk', 'alley', 'plaza', 'loop', 'pike', 'turnpike', 'hill', 'park', 'green', 'wharf', 'quay', 'broadway', 'parade', 'heights',
]

/** Words that end sentences as often as streets: without a town or a postcode they are none. */
export const doubtfulStreets: ReadonlySet<string> = new Set(['way', 'place', 'pl', 'close', 'row', 'walk', 'park', 'green', 'hill', 'circle', 'cir', 'square', 'sq', 'ter', 'loop', 'plaza', 'drive', 'parade', 'heights', 'trail', 'pike', 'st', 'dr', 'ct', 'court', 'gardens'])

/** Words that begin a street's name, and whether the house number stands before ("12, rue de la Paix") or behind ("Via Roma 12"). */
export const romanceStreets: Readonly<Record<string, 'before' | 'behind'>> = {
  rue: 'before', avenue: 'before', boulevard: 'before', place: 'before', chemin: 'before', impasse: 'before', quai: 'before', route: 'before', cours: 'before', ruelle: 'before',
  via: 'behind', viale: 'behind', piazza: 'behind', corso: 'behind', vicolo: 'behind', largo: 'behind', strada: 'behind',
  calle: 'behind', avenida: 'behind', plaza: 'behind', paseo: 'behind', carrer: 'behind', camino: 'behind', ronda: 'behind', carrera: 'behind', avda: 'behind',
  rua: 'behind', travessa: 'behind', alameda: 'behind', ul: 'behind', ulica: 'behind', aleja: 'behind', al: 'behind', plac: 'behind',
}

/** Last syllables of streets whose house number follows; the name before them is part of the word or words of its own. */
export const lastSyllables = new RegExp('(?:stra(?:ß|ss)e|str\\.|weg|platz|all(?:ee|é|éen)|gasse|damm|ufer|chaussee|promenade|steig|ring|markt|straat|laan|plein|gracht|kade|dijk|singel|vej|gade|stræde|vägen|gatan|gata|gränd|veien|vegen|gate|bakken|toften|haugen'
  + '|katu|tie|kuja|polku|str(?:a|æ)(?:eti|ti)|vegur|utca|körút|rkp\\.|náměstí|ulice|tänav)$', 'i')

/** Words that a street's name may end in, of their own and not as its last syllable: Hungarian, Estonian, Czech, Slovak. */
export const lastWords: ReadonlySet<string> = new Set(['u.', 'út', 'utca', 'körút', 'rkp.', 'ulice', 'náměstí', 'tänav', 'tér', 'köz', 'kapu', 'sor', 'park', 'tee', 'tn', 'pst', 'mnt', 'nám.', 'ul.', 'ulica', 'cesta', 'trg'])

/** Those that end common words too (during, spring, decade, investigate): only with a town line behind the number. */
export const doubtfulSyllables = /(?:ring|gate|tie|kade|gade|markt|promenade|steig|gata|bakken|kuja|polku|katu)$/i

/** Short names of states and territories as ZIP codes follow them. */
export const states = 'A[LKZRAEP]|C[AOT]|D[EC]|FL|G[AU]|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[TAI]|W[AVIY]'
export const stateNames = 'Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming'
/** Territories and provinces that four-digit and six-character codes follow. */
export const provinces = 'NSW|VIC|QLD|WA|SA|TAS|ACT|NT|AB|BC|MB|NB|NL|NS|NU|ON|PE|QC|SK|YT'

export const ukPostcode = '(?:GIR ?0AA|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[ABD-HJLNP-UW-Z]{2})'
export const canadianCode = '[ABCEGHJ-NPRSTVXY]\\d[ABCEGHJ-NPRSTV-Z][ -]?\\d[ABCEGHJ-NPRSTV-Z]\\d'
