// What is wrong with a configuration, said so that it can be repaired without reading code: path, problem, example.

export interface ConfigProblem {
  /** Dotted path, e.g. `providers[0].base_url`; empty for the file as a whole. */
  readonly path: string
  readonly problem: string
  readonly example?: string
}

/** All problems at once: nobody should repair a file one start at a time. */
export class ConfigError extends Error {
  readonly file: string
  readonly problems: readonly ConfigProblem[]

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(formatProblems(file, problems))
    this.name = 'ConfigError'
    this.file = file
    this.problems = problems
  }
}

const formatProblems = (file: string, problems: readonly ConfigProblem[]): string => [
  `${file}: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}`,
  ...problems.flatMap(({ path, problem, example }) => [
    `  ${path === '' ? '(file)' : path}: ${problem}`,
    ...(example === undefined ? [] : [`      example: ${example}`]),
  ]),
].join('\n')
