// What `npm start` runs without a configuration file: loopback only, keyless, the providers whose credentials are in the environment,
// and a local model server at its usual port.

/** The configuration as a person would have written it. @param environment only asked which variables exist, never for their values. */
export const embeddedDefaults = (environment: NodeJS.ProcessEnv): unknown => ({
  providers: [
    ...environment.ANTHROPIC_API_KEY === undefined ? [] : [{
      id: 'anthropic', dialect: 'anthropic', base_url: 'https://api.anthropic.com', credential: { env: 'ANTHROPIC_API_KEY' }, passthrough: true,
    }],
    ...environment.OPENAI_API_KEY === undefined ? [] : [{
      id: 'openai', dialect: 'openai', base_url: 'https://api.openai.com/v1', credential: { env: 'OPENAI_API_KEY' }, passthrough: true,
    }],
    ...environment.GEMINI_API_KEY === undefined ? [] : [{
      id: 'gemini', dialect: 'gemini', base_url: 'https://generativelanguage.googleapis.com', credential: { env: 'GEMINI_API_KEY' }, passthrough: true,
    }],
    { id: 'ollama', dialect: 'openai', base_url: 'http://127.0.0.1:11434/v1', server: 'ollama', local: true, free: true, passthrough: true },
  ],
  // Whoever can reach a loopback listener without keys is this machine's user: models are theirs to use, data protection stays on.
  policy: { settings: { models: [{ groups: ['local'], models: ['*'] }], access: [{ groups: ['local'], tools: ['*'] }] } },
})
