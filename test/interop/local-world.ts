// A gateway between a fake cloud, which comes first wherever policy lets it, and a genuine local server in all its APIs.
import { after, test, type TestContext } from 'node:test'
import { adjustEntry, chat, startWorld, type World } from '../flow/setup.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { contextTokens, localServers, type LocalServer, type RunningServer } from './local-servers.ts'

/** Tokens that an answer is cut at. */
export const tokens = 12

// One of each for all tests. What is made here outlives a test: `after` inside of one would end with it.
const running = new Map<LocalServer, Promise<RunningServer | string>>()
const folders = new Map(localServers.map(server => [server, scratchFolder({ after }, 'local-model')]))
after(async () => {
  for (const server of running.values()) {
    const started = await server
    if (typeof started !== 'string') await started.child.stop('SIGTERM', 30_000)
  }
})

const started = (server: LocalServer): Promise<RunningServer | string> => {
  let known = running.get(server)
  if (known === undefined) running.set(server, known = server.start(folders.get(server) ?? ''))
  return known
}

/** The server as providers of every dialect that it speaks; `nobody` is a model that it does not have. */
const worldWith = (t: TestContext, { embeds, forcesCalls, server }: LocalServer, { model, origin }: RunningServer): Promise<World> => {
  const declared = { context: contextTokens, capabilities: [...forcesCalls ? ['tools'] : [], ...embeds ? ['embeddings'] : []] }
  const openai = { dialect: 'openai', base_url: `${origin}/v1`, server, local: true, free: true }
  return startWorld(t, {
    adjust: config => [
      adjustEntry('providers', 'home', openai),
      adjustEntry('providers', 'home-responses', { ...openai, apis: ['responses'] }),
      adjustEntry('providers', 'home-anthropic', { base_url: origin }),
      ...['home', 'home-responses', 'home-anthropic'].map(provider => adjustEntry('models', `${provider}/${model}`, declared)),
      adjustEntry('models', 'home/nobody', declared),
      (changed: Readonly<Record<string, unknown>>) => ({ ...changed, aliases: [{ name: 'auto', strategy: 'listed', candidates: ['cloud/small', `home/${model}`] }] }),
    ].reduce<Record<string, unknown>>((changed, adjust) => adjust(changed), { ...config }),
  })
}

type Play = (world: World, running: RunningServer, server: LocalServer) => Promise<void>

/** Declares the test for each server, or for those that can do it; one that cannot be had is skipped with the reason. */
export const forEachServer = (name: string, play: Play, can: (server: LocalServer) => boolean = () => true): void => {
  for (const server of localServers.filter(can)) {
    test(`${server.name}: ${name}`, async t => {
      const local = await started(server)
      if (typeof local === 'string') t.skip(local)
      else await play(await worldWith(t, server, local), local, server)
    })
  }
}

export interface Told { readonly text: string; readonly prompt: number; readonly output: number; readonly pieces: number }

type Loose = Readonly<Record<string, unknown>> & { readonly choices?: readonly { readonly message?: { readonly content?: string }; readonly delta?: { readonly content?: string | null } }[]; readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null }

/** A chat completion, whole or streamed. */
export const toldBy = (body: string): Told => {
  const values = body.startsWith('{') ? [body] : body.split('\n').filter(line => line.startsWith('data: {')).map(line => line.slice(6))
  const parsed = values.map(value => JSON.parse(value) as Loose)
  const texts = parsed.map(({ choices }) => choices?.[0]?.message?.content ?? choices?.[0]?.delta?.content ?? '').filter(text => text !== '')
  const usage = parsed.map(value => value.usage ?? null).findLast(value => value !== null)
  return { text: texts.join(''), prompt: usage?.prompt_tokens ?? 0, output: usage?.completion_tokens ?? 0, pieces: texts.length }
}

/** What the server itself counts for this text. */
export const asked = async ({ model, origin }: RunningServer, text: string): Promise<Told> => {
  const response = await fetch(`${origin}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(chat(text, { model, max_tokens: tokens })) })
  return toldBy(await response.text())
}

/** Input, output and cost of the last exchange on record. */
export const recorded = (world: World): readonly unknown[] => {
  const outcome = world.outcomes().at(-1)
  const usage = outcome?.['usage'] as Readonly<Record<string, number>> | undefined
  return [usage?.['input'], usage?.['output'], outcome?.['cost_usd']]
}
