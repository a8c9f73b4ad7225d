// The words that a JSON key is made of.

/** "billingSSN_number" → "billing ssn number". */
export const wordsOfKey = (key: string): string =>
  key.slice(0, 200).replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2').replace(/[^A-Za-z\d]+/g, ' ').trim().toLowerCase()
