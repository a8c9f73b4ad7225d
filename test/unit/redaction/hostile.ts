// Text that was written against detectors, and how long they take for it.

const begin = `${'-'.repeat(5)}BEGIN `
const pem = `${begin}PRIVATE KEY${'-'.repeat(5)}`

/** What is repeated, and what ends the text. */
export const hostile: Readonly<Record<string, readonly [repeated: string, end?: string]>> = {
  'digits': ['7'], 'digits and spaces': ['4 '], 'digits in fours': ['4111 '], 'cards in a row': ['4111 1111 1111 1111 '], 'digits and hyphens': ['12-'], 'nine digits and hyphens': ['078-05-1120-'],
  'at signs': ['@'], 'a@': ['a@'], 'letters and one at sign': ['a', '@'], 'host labels': ['a.', '@a'], 'at signs and labels': ['@a.a-'], 'local parts': ["a.'+%-", '@x'],
  'eyJ': ['eyJ'], 'eyJ and dots': ['eyJ.'], 'eyJ with a long run': [`eyJ${'a'.repeat(9000)} `], 'eyJ and spaces': ['eyJhbGciOiJ '], 'eyJ after slashes': ['/eyJaaaaaaaa.bbbb'],
  'brackets': ['['], 'placeholders': ['[EMAIL_1'], 'round brackets': ['('], 'plus signs': ['+1'], 'plus and bracket': ['+('], 'dots': ['.'], 'octets': ['1.'], 'octets without an end': ['255.255.255.'],
  'colons': [':'], 'hex and colons': ['a:'], 'many addresses': ['2001:db8::1:'], 'equals signs': ['='], 'names without values': ['password='], 'names and spaces': ['token: '], 'is': ['is '],
  'PEM beginnings': [begin], 'PEM headers': [pem], 'PEM headers with a cut end': [pem, `${'-'.repeat(5)}END `], 'hyphens': ['-'],
  'base64': ['QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0MTIzNDU2Nzg5'], 'URLs': ['://'], 'URLs with at signs': ['://a@'], 'URLs without an at sign': ['://a:b'], 'one URL without an end': ['a', '://'],
  'sk-': ['sk-'], 'prefixes': ['ghp_AKIAsk-SG.'], 'SG. and dots': ['SG.aaaaaaaaaaaaaaaa'], 'country codes': ['DE89 '], 'IBANs without an end': ['DE89370400440532013'], 'letters': ['A'], 'spaces': [' '], 'NUL': ['\u0000'],
  'percent escapes': ['%41'], 'half escapes': ['%4'], 'escapes and signs': ['%40.'], 'escapes without an end': ['a', '%4'], 'escaped escapes': ['%25'],
  'encoded text': ['aGVsbG8gd29ybGQg'], 'encoded lines': [`${'aGVsbG8gd29ybGQg'.repeat(4)}\n`], 'encoded lines without text': [`${'aGVsbG8gd29ybGQg'.repeat(3)}////////\n`], 'encoded text with signs': ['aGVsbG8gd29ybGQhaGVs/'], 'encoded text with hyphens': ['aGVsbG8gd29ybGQgaGVs-_'], 'encoded text that ends in data': ['aGVsbG8gd29ybGQg', '/////w=='], 'long identifiers': ['getElementsByClassNameAnd '],
  'members': ['"a":1,'], 'members that are known': ['"phone":"'], 'members of members': ['"a":"{\\"b\\":'], 'quotes': ['"'], 'keys without values': ['"card": '], 'one key without an end': ['a', '":"'],
  'MAC addresses': ['00:1b:44:11:3a:b7:'], 'MAC addresses with hyphens': ['00-1b-44-11-3a-b7-'], 'triples with dots': ['001b.'], 'telephone': ['phone '], 'telephone and digits': ['phone 12 '], 'zeros': ['0 '], 'zeros and hyphens': ['00-'],
  'accounts': ['account '], 'account numbers': ['account number: '], 'routing': ['routing 1 '], 'web addresses': ['https://'], 'www': ['www.'], 'brackets in web addresses': ['http://a(('], 'web addresses that open an address': ['http://[ '], 'ends of tags behind quotes': ['">'], 'dots at the end': ['http://a....'],
  'words': ['Anna went to Berlin. '], 'capitals': ['Anna '], 'commas': ['a, '], 'line breaks': ['\n'], 'lines': ['a: b\n'], 'hex': ['deadbeef'], 'base58': ['1BoatSLRHtKNngkdXEeobR76b53LETtpyT '], 'underscores': ['a_'], 'backslashes': ['\\'], 'dollars': ['$'],
  'halves of surrogates': ['\ud83d'], 'JSON inside JSON': ['\\"{\\"'],
}

/** Text of this length of one of the patterns. */
export const hostileText = (name: string, length: number): string => {
  const [repeated, end = ''] = hostile[name]!
  return repeated.repeat(Math.ceil(length / repeated.length)).slice(0, length - end.length) + end
}

/** Processor time of this thread: what other processes take of the machine is not in it. */
const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** The fastest of a few runs: what happens besides can only add. */
export const fastestMs = (run: () => void, rounds: number): number => {
  let fastest = Infinity
  for (let round = 0; round < rounds; round += 1) {
    const from = threadMs()
    run()
    fastest = Math.min(fastest, threadMs() - from)
  }
  return fastest
}

/**
 * Is the work of `run` for sixteen times the text less than sixty-four times as much? Linear work is sixteen times as much, quadratic work
 * two hundred and fifty-six times; in between lies what a busy machine adds. Below four milliseconds the clock is measured and not the work.
 */
export const growsSlowly = (run: (text: string) => void, textOf: (length: number) => string): boolean => {
  const [short, long] = [textOf(64 * 1024), textOf(1024 * 1024)]
  for (let tries = 0; tries < 3; tries += 1) {
    const ms = fastestMs(() => { run(long) }, 1)
    if (ms < 64 * 4 || ms < 64 * Math.max(4, fastestMs(() => { run(short) }, 2))) return true
  }
  return false
}
