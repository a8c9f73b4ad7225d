// Values that a server.json leaves open: arguments, environment variables, headers, parts of a URL. Secrets become references; which of
// the gateway's own variables a server gets is never its own choice.
import type { RegistryProblem } from './registry.ts'
import { secretRefSchema, type SecretRef } from './secret-ref.ts'
import type { Input } from './server-json.ts'

/** What the operator gave, by name of the input; more than one where it may be repeated. */
export type GivenValues = ReadonlyMap<string, readonly string[]>

type Variables = Readonly<Record<string, Input>>
export type Asked = Input & { readonly variables?: Variables | undefined }
export type Resolved = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'secret'; readonly ref: SecretRef } | { readonly kind: 'absent' }

const absent: Resolved = { kind: 'absent' }

/** The variable of the gateway that holds a server's secret. The prefix keeps an entry from naming one that is meant for something else. */
export const secretVariable = (server: string, name: string): string => `MCP_${server}_${name}`.toUpperCase().replace(/[^A-Z0-9_]/g, '_')

/** `env:NAME` or `file:PATH`, as the operator writes where a secret is. */
export const readReference = (given: string): SecretRef | null => {
  const [, kind, where] = /^(env|file):(.+)$/.exec(given) ?? []
  const parsed = secretRefSchema.safeParse(kind === undefined ? null : { [kind]: where })
  return parsed.success ? parsed.data : null
}

export class InputResolver {
  readonly problems: RegistryProblem[] = []
  readonly notices: string[] = []
  /** Names that the operator gave a value for and that were asked for. */
  readonly used = new Set<string>()
  readonly #server: string
  readonly #given: GivenValues

  constructor(server: string, given: GivenValues) {
    this.#server = server
    this.#given = given
  }

  /** @param path where it stands in the server.json, for messages. */
  resolve(input: Asked, name: string, path: string): Resolved {
    return this.resolveAll(input, name, path)[0] ?? absent
  }

  /** As resolve; an input that may be repeated can have been given several times. */
  resolveAll(input: Asked, name: string, path: string): readonly Resolved[] {
    if (input.value !== undefined) {
      const { value, variables = {} } = input
      const filled = this.#fill(value, variables, path)
      return [filled === null || input.isSecret === true ? this.#secret(name, path, value) : { kind: 'text', text: filled }]
    }
    const given = this.#take(name)
    if (input.isSecret === true) {
      if (given.length > 0 || input.isRequired === true) return [this.#secret(name, path, null)]
      this.notices.push(`${name} is an optional secret and is left out; --value ${name}=env:VARIABLE gives it`)
      return []
    }
    const texts = given.length > 0 ? given : input.default === undefined ? [] : [input.default]
    if (texts.length === 0 && input.isRequired === true) this.#problem(path, `${name} needs a value`, `--value ${name}=…${input.description === undefined ? '' : ` (${input.description})`}`)
    return texts.map(text => this.#checked(input, { name, path }, text))
  }

  /** Replaces `{variables}` in a text that may hold no secret. */
  fillText(text: string, variables: Variables, path: string): string {
    const filled = this.#fill(text, variables, path)
    if (filled === null) this.#problem(path, 'asks for a secret where everybody can read it', 'ask the publisher to take it in a header or variable')
    return filled ?? text
  }

  #take(name: string): readonly string[] {
    const given = this.#given.get(name) ?? []
    if (given.length > 0) this.used.add(name)
    return given
  }

  #problem(path: string, problem: string, remedy: string): void { this.problems.push({ path, problem, remedy }) }

  #checked(input: Input, { name, path }: { name: string; path: string }, text: string): Resolved {
    const { choices, format } = input
    if (choices !== undefined && choices.length > 0 && !choices.includes(text)) this.#problem(path, `${name} has a value that is not offered`, `--value ${name}=… with one of ${choices.join(', ')}`)
    if ((format === 'number' && !Number.isFinite(Number(text))) || (format === 'boolean' && text !== 'true' && text !== 'false')) this.#problem(path, `${name} is not a ${format}`, `--value ${name}=…`)
    return { kind: 'text', text }
  }

  #secret(name: string, path: string, template: string | null): Resolved {
    const [given] = this.#take(name)
    const ref = given === undefined ? { env: secretVariable(this.#server, name) } : readReference(given)
    if (ref === null) {
      this.#problem(path, `${name} is a secret and is not stored`, `--value ${name}=env:VARIABLE or ${name}=file:PATH says where it is`)
      return absent
    }
    if (template !== null && template.includes('{')) this.notices.push(`the secret for ${name} is the whole value, of the form ${JSON.stringify(template)}`)
    return { kind: 'secret', ref }
  }

  /** Null where one of the variables is a secret: then the whole text is one. */
  #fill(text: string, variables: Variables, path: string): string | null {
    if (Object.entries(variables).some(([name, input]) => input.isSecret === true && text.includes(`{${name}}`))) return null
    return text.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
      // What has no entry stays as it is: braces may mean something to the server.
      const input = Object.hasOwn(variables, name) ? variables[name] : undefined
      if (input === undefined) return whole
      const resolved = this.resolve({ isRequired: true, ...input }, name, `${path}.variables.${name}`)
      return resolved.kind === 'text' ? resolved.text : ''
    })
  }
}
