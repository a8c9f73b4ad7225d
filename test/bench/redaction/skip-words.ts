// Words that say nothing about whether a value was found, as Presidio's evaluator leaves them out: English function words, words of addresses
// and of times, and signs. Its own list takes the first from spaCy; this is ours, and how far the two differ was measured (README).

const words = `
a about above across after afterwards again against all almost alone along already also although always am amongst an and another any anyhow anyone anything anyway anywhere are around as at
back be became because become been before behind being below beside besides between beyond both but by can cannot could did do does doing done down due during each eight either eleven else elsewhere
empty enough even ever every everyone everything everywhere except few fifteen fifty first five for former forty four from front full further get give go had has have he hence her here hers herself
him himself his how however hundred i if in indeed into is it its itself just keep last latter least less made make many may me meanwhile might mine more moreover most mostly move much must my myself
name namely neither never nevertheless next nine no nobody none nor not nothing now nowhere of off often on once one only onto or other others otherwise our ours ourselves out over own part per perhaps
please put quite rather re really regarding same say see seem seemed seems serious several she should show side since six sixty so some somehow someone something sometime sometimes somewhere still such
take ten than that the their them themselves then thence there thereby therefore these they third this those though three through throughout thus to together too top toward towards twelve twenty two
under unless until up upon us used using various very via was we well were what whatever when whence whenever where whereas wherever whether which while who whoever whole whom whose why will with within
without would yet you your yours yourself yourselves
street st. st de rue address country state city zip po apt unit corner p.o. box suite mr. mrs. miss inc inc. ltd
day days week weeks weekend month months year years y/o old age ago morning noon afternoon evening night
's 'm 're 've 'll 'd n't`

const skipped: ReadonlySet<string> = new Set(words.trim().split(/\s+/))

/** Is it one of them, or a sign? @param token as written */
export const isSkipped = (token: string): boolean => /^[!-/:-@[-`{-~]$/.test(token) || /^>{2,5}$/.test(token) || skipped.has(token.toLowerCase())
