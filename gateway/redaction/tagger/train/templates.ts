// Sentences of our own with names put in: what people write to an assistant, and what tools give back. Public corpora hold news, encyclopaedias and
// short messages; this is what they lack. Names come from lists that whoever trains supplies.
import type { Sentence } from './read-conll.ts'
import type { Tag } from '../features.ts'

export interface Names { readonly first: readonly string[]; readonly last: readonly string[]; readonly places: readonly string[] }

/** `{P}` full name, `{F}` first name, `{L}` last name, `{O}` organisation, `{C}` place. */
const templates: readonly string[] = [
  'Please write to {P} that the meeting is on Monday .', 'My name is {P} and I live in {C} .', 'I am {F} , can you help me with this ?', 'Hi {F} , thanks for the quick answer .', 'Dear Mr. {L} ,',
  'Dear {F} ,', 'Best regards , {P}', 'Kind regards {F}', 'Tell {F} and {F} that I will be late .', '{P} works at {O} in {C} .', '{F} said that she would call back on Friday .', 'Ms. {L} is out of office until March .',
  'Dr. {L} will see you at 10 am .', 'Patient : {P}', 'Name : {P}', 'Contact : {P} , {C}', 'Customer {P} ordered three items .', 'The contract between {O} and {P} ends in June .', '{O} has sent an invoice .',
  'I used to work for {O} before I moved to {C} .', 'Is {P} still the owner of the account ?', 'Forward this to {P} from {O} , please .', 'From : {P}', 'To : {P} , {P}', 'Cc : {P}', 'Author : {P}', 'Assignee : {F} {L}',
  'What do you know about {P} ?', 'My colleague {F} from {C} asked about it .', 'Our customers in {C} and {C} want it too .', 'The office of {O} is in {C} .', 'Fly from {C} to {C} on Tuesday .', 'She was born in {C} .',
  'Our founders are {P} , {L} and {L} .', 'They have three children : {F} , {F} and {F} .', 'Present : {P} , {P} , {P}', '{L} , {L} & {L}', 'The idea came from {P} .', '{L} et al. have shown it .', 'A novel by {P} is better than the {L} film .',
  'Mailing address : \\n {P} \\n 12 Main Street \\n {C}', 'Ship to : \\n {P} \\n {O} \\n {C}', '{P} \\n Sales Manager \\n {O}', 'Thanks , \\n {F}', 'Regards , \\n {P} \\n {O} , {C}', 'Hello , this is {P} speaking .', 'I was talking to Mrs. {L} yesterday .', 'Prof. {L} teaches in {C} .',
  'Did {F} give you his number ?', '{F} has sung it in 1977 .', 'Have you been to a {P} concert in {C} ?', 'Is {L} on the list ?', 'Mr. {P} , born in {C} , is a dentist .', 'The song was written by {P} and sung by {P} .', 'Remember me , {F} ?', 'He called her {P} .', 'Aunt {F} came over from {C} .', 'King {F} of {C}',
  'I ordered from {O} last week and nothing came .', 'The {O} office is closed .', '{O} was founded by {P} in {C} .', 'Please cancel my {O} account .', 'President {L} visited {C} .', 'My manager , {P} , approved it .', '{P} : Can we move the call ?', '{F} : sure', 'cc {F} {L} , {F} {L}', 'Hi , I am from {C} .',
  'How is the weather in {C} today ?', 'We moved from {C} , {C} to {C} .', 'The bank account is in the name of {P} .', 'Is {O} a good employer ?', 'Transfer 500 to {P} at {O} .', 'Can you find a hotel in {C} for {P} ?', 'The patient , {P} , was admitted on Monday .', 'Witness {P} saw {P} near {C} .',
  'Send the parcel to {P} , {C} .', 'Book a table for {L} at eight .', '{P} ( {O} ) wrote :', '"{F} , could you look at it ?" asked {P} .', "{F} 's laptop is broken .", "Where is {P} 's invoice ?", 'Meeting with {P} and {P} about {O} .',
  'Interview with {P} , head of sales at {O} .', 'Shareholders of {O} met in {C} .', 'Employee {P} was hired by {O} .', 'He called {F} , who did not answer .', 'Signed , {P}', 'Please update the address of {P} in {C} .', 'Invoice for {O} , attention {P}',
]

/** Capitals that name nobody. */
const plain: readonly string[] = [
  'Please run the Tests and open a Pull Request .', 'The API returns JSON with an ID .', 'Error : Could not connect to Server', 'Read the README first .', 'On Monday and Tuesday we are closed .', 'In January the prices rise .',
  'Use the Settings page and press Save .', 'HTTP 404 Not Found', 'TODO : check the Type of the Argument', 'What is the Difference between Array and List in Python ?', 'Step One : Install Node', 'Import the CSV into Excel .', 'I think English is easier than French .',
  'Thanks ! Could you explain Section Two ?', 'Warning : Deprecated Function', 'Subject : Invoice', 'Date : March 3', 'Status : Open', 'Priority : High', 'Title : Weekly Report', 'The CEO and the CFO met the Board .', 'Total Amount Due', 'Terms and Conditions apply .',
  'Here is the Summary of the Document :', 'You are a helpful Assistant .', 'Answer in German , please .', 'Postbox 21 \\n Apt. 5', 'Suite 12 , Floor 3', 'The Prime Minister met the Senate .', 'Credit Card Number', 'First Name \\n Last Name \\n Street', 'Senior Software Engineer', 'North of the River', 'The Orchestra played on Sunday .', 'Click OK to continue .', 'Good Morning !', 'Happy Birthday !', 'The Git Branch is called Main .', 'Docker and Kubernetes are running on Linux .', 'Set the Environment Variable PATH .',
  'Yes , I agree . No , I do not .', 'However , this is not true . Therefore we stop . Maybe later .', 'Chapter One . The Beginning', 'SELECT * FROM Users WHERE Id = 1', 'Please find Attached the Agreement .', 'New Features in Version 2', 'See Figure 3 and Table 4 .',
]

const suffixes = ['GmbH', 'Ltd', 'Inc', 'LLC', 'AG', 'Group', '& Sons', 'Bank', 'Partners', 'Holdings', 'Corporation', 'Systems', 'Logistics', 'Hospital', 'University', 'Foundation', 'Insurance', 'S.A.', 'plc', 'Consulting'] as const

const onsets = ['b', 'br', 'ch', 'd', 'f', 'g', 'gr', 'h', 'j', 'k', 'kl', 'l', 'm', 'n', 'p', 'r', 's', 'sh', 'st', 't', 'tr', 'v', 'w', 'y', 'z'] as const
const nuclei = ['a', 'e', 'i', 'o', 'u', 'ai', 'ei', 'ou', 'ie', 'á', 'ö'] as const
const codas = ['n', 'r', 's', 'l', 'nd', 'm', 'k', 'tz', 'son', 'v', 'th'] as const

export const sentencesOf = (names: Names, count: number, random: () => number): Sentence[] => {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  // Names that are on no list, so that what stands around them counts, too.
  const invented = (): string => {
    const syllables = Array.from({ length: 2 + Math.floor(random() * 2) }, () => pick(onsets) + pick(nuclei) + (random() < 0.4 ? pick(codas) : ''))
    const word = syllables.join('')
    return word.charAt(0).toUpperCase() + word.slice(1)
  }
  const first = (): string[] => random() < 0.2 ? [invented()] : pick(names.first).split(' ')
  const last = (): string[] => random() < 0.3 ? [invented()] : pick(names.last).split(' ')
  const place = (): string[] => random() < 0.2 ? [invented()] : pick(names.places).split(' ')
  const person = (): string[] => {
    const middle = random() < 0.1 ? [`${pick(names.first).charAt(0)}.`] : []
    return [...first(), ...middle, ...last()]
  }
  const organisation = (): string[] => random() < 0.3 ? [pick(['University', 'Bank', 'City', 'Museum', 'Institute']), 'of', ...place()]
    : [...last(), ...random() < 0.3 ? ['and', ...last()] : [], ...pick(suffixes).split(' ')]
  const fill = (slot: string): { words: string[]; kind: 'PER' | 'ORG' | 'LOC' } => {
    switch (slot) {
      case '{P}': return { words: person(), kind: 'PER' }
      case '{F}': return { words: first(), kind: 'PER' }
      case '{L}': return { words: last(), kind: 'PER' }
      case '{O}': return { words: organisation(), kind: 'ORG' }
      default: return { words: place(), kind: 'LOC' }
    }
  }
  return Array.from({ length: count }, () => {
    const words: string[] = []
    const tags: Tag[] = []
    for (const word of pick(random() < 0.6 ? templates : plain).split(' ')) {
      const slot = /^(\{[PFLOC]\})$/.exec(word)?.[1]
      if (slot === undefined) {
        words.push(word)
        tags.push('O')
        continue
      }
      const { kind, words: filled } = fill(slot)
      filled.forEach((one, index) => {
        words.push(one)
        tags.push(`${index === 0 ? 'B' : 'I'}-${kind}`)
      })
    }
    return { words, tags }
  })
}
