// House rules that a machine can check: types, sizes, and who may import whom.
import { resolve } from 'node:path'
import tseslint from 'typescript-eslint'

const root = resolve(import.meta.dirname, '../..')

/** Forbids imports by path pattern, with the reason in the message. */
const forbid = (files, groups, message, ignores = []) => ({
  files, ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: groups, message }, ...mintOnly] }] },
})

const mintOnly = [{ group: ['**/exchange/permit.ts'], importNames: ['mintPermit'], message: 'Only stages/decide.ts makes a Permit: forwarding without a decision must not compile.' }]

// gateway/: main → assemble → {admin, pipeline, stages, config} → {surfaces, upstream, redaction, sessions, audit, telemetry} → exchange
const leaves = ['surfaces', 'upstream', 'redaction', 'sessions', 'audit', 'telemetry']
const upper = ['**/main.ts', '**/assemble.ts', '**/admin/**', '**/pipeline/**', '**/stages/**', '**/config/**']
const leafRules = leaves.map(leaf => forbid(
  [`gateway/${leaf}/**/*.ts`],
  [...leaves.filter(other => other !== leaf).map(other => `**/${other}/**`), ...upper, '**/test/**'],
  `gateway/${leaf} may import only gateway/exchange (and policies, registry, router); shared interfaces live in exchange.`,
))

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', 'test/fixtures/compile/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      'max-lines': ['error', { max: 350 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 15],
      'max-params': ['error', 5],
      'no-console': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-restricted-imports': ['error', { patterns: mintOnly }],
    },
  },
  forbid(['gateway/exchange/**/*.ts'], [...leaves.map(leaf => `**/${leaf}/**`), ...upper, '**/test/**'], 'exchange holds plain types and imports nothing of the gateway.'),
  ...leafRules,
  forbid(['gateway/{admin,pipeline,stages,config}/**/*.ts'], ['**/main.ts', '**/assemble.ts', '**/test/**'], 'Parts do not know who assembles them.', ['gateway/stages/decide.ts']),
  {
    files: ['gateway/stages/decide.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['**/main.ts', '**/assemble.ts', '**/test/**'], message: 'Parts do not know who assembles them.' }] }] },
  },
  forbid(['policies/**/*.ts', 'registry/**/*.ts'], ['**/gateway/**', '**/router/**', '**/test/**', '../../policies/**', '../../registry/**'], 'policies and registry import no sibling.'),
  forbid(['router/**/*.ts'], ['**/gateway/**', '**/policies/**', '**/test/**'], 'router imports registry only.'),
  {
    files: ['test/**/*.ts', 'gateway/main.ts', 'gateway/config/print.ts', 'policies/toolchain/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // node:test returns promises that the runner awaits; tests may be long tables; assertions on known shapes use `!`.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines-per-function': 'off',
      'no-restricted-imports': 'off',
    },
  },
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
)
