// Tokens much as spaCy's English tokeniser makes them, which Presidio's evaluator counts: words, numbers and single signs. White space makes
// none, while spaCy has tokens for line breaks; its evaluator skips those wherever they could be wrong.

export interface Token { readonly start: number; readonly end: number }

/** Links and mail addresses are one token, whatever signs they have. */
const whole = /^(?:[a-z]+:\/\/|www\.)\S+$|^[^\s@]+@[^\s@]+\.[^\s@]+$/i
/** Signs that are split off a word's beginning and end, again and again. */
const opening = /^(?:\.{2,}|[("'‘’“”`[{<>*$£€#?!,.:;/=+…–—-])/
const closing = /(?:\.{2,}|['’]s|[)"'‘’“”`\]}>*…?!,:;/=%-]|(?<!^.)\.)$/i
/** Signs that are tokens of their own between letters or digits: hyphens, and others where letters stand on both sides. */
const inner = /(?<=[\p{L}\d])[–—-](?=\p{L})|(?<=\d)[+*^–—-](?=[\d-])|(?<=\p{L})[:/<>=,](?=\p{L})|(?<=[\p{L}\d])[<>=](?=\p{L})|(?<=\p{Ll})\.(?=\p{Lu})|\.{2,}/gu

class Cut {
  readonly tokens: Token[] = []

  chunk(text: string, start: number, end: number): void {
    let [first, last] = [start, end]
    const behind: Token[] = []
    while (first < last) {
      const rest = text.slice(first, last)
      if (whole.test(rest) && !closing.test(rest)) break
      const before = opening.exec(rest)?.[0].length ?? 0
      if (before > 0) {
        this.tokens.push({ start: first, end: first += before })
        continue
      }
      const after = closing.exec(rest)?.[0].length ?? 0
      if (after === 0 || after === rest.length) break
      behind.unshift({ start: last - after, end: last })
      last -= after
    }
    if (first < last) this.#word(text, first, last)
    this.tokens.push(...behind)
  }

  #word(text: string, start: number, end: number): void {
    const word = text.slice(start, end)
    let from = start
    if (!whole.test(word)) {
      for (const { 0: sign, index } of word.matchAll(inner)) {
        if (start + index > from) this.tokens.push({ start: from, end: start + index })
        from = start + index + sign.length
        this.tokens.push({ start: start + index, end: from })
      }
    }
    if (from < end) this.tokens.push({ start: from, end })
  }
}

export const tokensOf = (text: string): readonly Token[] => {
  const cut = new Cut()
  for (const { 0: chunk, index } of text.matchAll(/\S+/g)) cut.chunk(text, index, index + chunk.length)
  return cut.tokens
}
