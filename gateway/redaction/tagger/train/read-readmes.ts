// Reads what programs say of themselves: full of words with capitals that name nobody. Paragraphs that may name somebody after all are left out.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokensOf, type Token } from '../tokens.ts'
import type { Example } from './as-text.ts'
import type { Lists } from './read-lists.ts'

/** npm packages and versions whose README.md is read. */
export const trainingReadmes: readonly string[] = [
  'ioredis@6.0.0', '@boundaries/elements@3.1.1', 'cacheable@2.5.0', 'uglify-js@3.19.3', 'ip-address@10.7.6', 'fast-check@4.10.2', 'micromatch@4.0.8', 're2js@2.10.0', 'find-my-way@9.10.1', 'fast-json-stringify@7.3.6', 'hookified@1.15.1', 'zod-to-json-schema@3.25.2', 'qs@6.17.1', '@cacheable/memory@2.2.0', 'file-entry-cache@11.1.5', 'avvio@9.3.1', 'json-schema-to-ts@3.1.1',
  'source-map@0.6.1', 'debug@4.4.3', 'body-parser@2.4.0', 'router@2.3.0', 'ipaddr.js@2.5.0', 'qified@0.10.1', 'safe-buffer@5.1.2', '@octokit/request@10.0.16', '@eslint/config-array@0.23.6', 'secure-json-parse@4.1.1', 'before-after-hook@4.0.0', 'optionator@0.9.4', 'fast-uri@4.2.3', 'ajv@8.20.0', 'to-regex-range@5.0.1', 'espree@11.2.0', 'neo-async@2.6.2', 'ignore@5.3.2', 'acorn@8.19.0', 'cors@2.8.6',
  'eslint-scope@9.1.2', 'levn@0.4.1', 'pure-rand@8.4.2', 'jose@6.2.18', '@opentelemetry/semantic-conventions@1.45.0', '@opentelemetry/sdk-trace@3.1.1', 'zod@4.6.7', 'light-my-request@6.8.1', 'serve-static@2.2.1',
]

/** The same, held out. */
export const heldOutReadmes: readonly string[] = [
  'hashery@1.5.1', 'undici@8.12.4', '@cacheable/utils@2.5.0', 'openai@7.57.0', 'diff@8.0.4', 'picomatch@2.3.2', 'keyv@5.6.0', 'semver@7.8.6', 'eslint@10.15.0', 'ts-algebra@2.0.0', 'fastify@5.12.8', '@modelcontextprotocol/sdk@1.32.2', 'cookie@2.0.2', '@pinojs/redact@0.4.0', '@octokit/core@7.0.8', '@hono/node-server@2.1.9', 'braces@3.0.3', 'eslint-plugin-boundaries@7.2.0', 'type-check@0.4.0', '@opentelemetry/api@1.10.0',
]

const speaksOfPeople = /copyright|licen[cs]e|author|sponsor|contribut|thank|maintain|created by|©|🔗|backer|donat|credit|inspired|founder|@\w/i

const organisations = /\b(?:Google|Microsoft|OpenAI|Facebook|Meta|Apple|Amazon|AWS|Netflix|Mozilla|Anthropic|IBM|Oracle|Cloudflare|Vercel|Intel|Stripe|Uber|Airbnb|Twitter|LinkedIn|GitLab|Heroku|Azure|Linux Foundation|OpenJS|CNCF|NIST|IETF|W3C|ECMA|IANA|OASIS|Sun|SAP|Adobe|Nvidia|Alibaba|Tencent|Elastic|MongoDB|HashiCorp|Red Hat)\b/

class Suspects {
  readonly #first: ReadonlySet<string>
  readonly #last: ReadonlySet<string>
  readonly #places: ReadonlySet<string>

  constructor(lists: Lists) {
    this.#first = new Set([...lists.frequentFirst, ...lists.first])
    this.#last = new Set(lists.last)
    this.#places = new Set(lists.regions)
  }

  /** A first name before what may be a family name, or a known place. */
  has(tokens: readonly Token[]): boolean {
    return tokens.some(({ isCapital, text }, index) => {
      const next = tokens[index + 1]
      return isCapital && (this.#places.has(text) || (this.#first.has(text) && next?.isCapital === true && this.#last.has(next.text)))
    })
  }
}

/** Paragraphs that name nobody. @param packages as `name@version`; `folder` holds `readmes/name@version.md`, a "+" for the "/" of a scope */
export const readReadmes = (folder: string, packages: readonly string[], lists: Lists): Example[] => {
  const suspects = new Suspects(lists)
  return packages.flatMap(name => readFileSync(join(folder, 'readmes', `${name.replace('/', '+')}.md`), 'utf8').split(/\n\s*\n/)).flatMap(text => {
    const tokens = tokensOf(text)
    return tokens.length < 3 || speaksOfPeople.test(text) || organisations.test(text) || suspects.has(tokens) ? [] : [{ text, tokens, gold: tokens.map(() => 0) }]
  })
}
