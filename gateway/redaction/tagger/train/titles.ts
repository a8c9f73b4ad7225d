// What goes before names.

const titles: ReadonlySet<string> = new Set([
  'mr', 'mrs', 'ms', 'miss', 'dr', 'prof', 'professor', 'president', 'sir', 'lord', 'lady', 'senator', 'judge', 'justice', 'king', 'queen', 'saint', 'gen', 'general', 'major', 'captain', 'colonel', 'chief', 'minister', 'secretary', 'governor', 'pope', 'prince', 'princess', 'prime', 'aunt', 'uncle', 'mme', 'monsieur', 'count', 'countess', 'duke', 'baron', 'rev', 'reverend', 'father', 'sister', 'brother', 'mother', 'squire', 'madame', 'mistress', 'master', 'signor', 'herr', 'frau', 'lieutenant', 'sergeant', 'doctor', 'nurse',
])

/** A word that goes before a name and is no part of it. */
export const isTitle = (word: string): boolean => titles.has(word.toLowerCase().replace('.', ''))
