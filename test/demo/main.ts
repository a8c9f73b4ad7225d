// The main job, shown: npm run demo. Without a terminal, or with --once, it ends after the story; in a terminal the gateway stays.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startChild } from '../support/child.ts'
import { startAgent } from './agent.ts'
import { scenes } from './scenes.ts'
import { bold, claim, dim, green, say, table } from './terminal.ts'
import { startDemoWorld, type DemoWorld } from './world.ts'

const root = resolve(import.meta.dirname, '../..')

const playAll = async (world: DemoWorld): Promise<void> => {
  const agent = await startAgent(world.gateway.url, world.keys.engineer)
  let number = 0
  for (const scene of scenes) {
    number += 1
    say(`\n${bold(`${number}. ${scene.title}`)}`)
    await scene.play(world, agent)
  }
  await agent.close()
}

const handshake = new Set(['initialize', 'stream', 'end', 'notification', 'response', 'tools/list', 'server/discover'])

const showRecord = (world: DemoWorld): void => {
  const outcomes = world.outcomes()
  const rows = outcomes.filter(record => !handshake.has(record.method)).map(record => [
    record.key ?? '–', record.target.name ?? record.method, record.decision?.enforced ?? 'refused',
    record.failure ?? 'ok', record.decision?.reasons[0]?.rule ?? '', record.route?.chosen ?? record.target.server ?? '',
    record.cost_usd === null ? '' : record.cost_usd.toFixed(6), record.trace.slice(0, 12),
  ])
  say(`\n${bold('What was recorded')} ${dim(`(${outcomes.length} outcomes in ${join(world.folder, 'data/audit')}; handshakes and lists left out here)`)}`)
  table(['key', 'asked for', 'decision', 'outcome', 'rule', 'answered by', 'USD', 'trace'], rows)
  claim('every kind of decision is in the record', ['allow', 'deny', 'approve'].every(kind => outcomes.some(record => record.decision?.enforced === kind)))
}

const verify = async (world: DemoWorld): Promise<void> => {
  say(`\n${bold('portcullis audit verify')}`)
  const child = await startChild({
    command: process.execPath, args: [join(root, 'gateway/main.ts'), 'audit', 'verify', '--config', world.configFile], cwd: world.folder, env: { PATH: process.env['PATH'] ?? '', CLOUD_KEY: 'x' },
  })
  const { code } = await child.exit
  say(`   ${child.stdout().trim().replaceAll('\n', '\n   ')}`)
  claim('the chain of records holds', code === 0, child.stderr())
}

const invite = ({ gateway, keys }: DemoWorld): void => {
  say(`\n${bold('The gateway keeps running; point your agent at it')} ${dim('(Ctrl-C ends it; the models behind it are scripted)')}`)
  say(`   Claude Code    ANTHROPIC_BASE_URL=${gateway.url} ANTHROPIC_API_KEY=${keys.engineer} claude --model smart`)
  say(`   OpenAI client  OPENAI_BASE_URL=${gateway.url}/v1 OPENAI_API_KEY=${keys.engineer}   (model "smart")`)
  say(`   MCP client     claude mcp add --transport http portcullis ${gateway.url}/mcp --header "Authorization: Bearer ${keys.engineer}"`)
}

const untilInterrupted = (): Promise<void> => new Promise(done => {
  process.once('SIGINT', done)
  process.once('SIGTERM', done)
})

const main = async (): Promise<number> => {
  const folder = join(root, '.portcullis/demo')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  say(`${bold('Portcullis')} ${dim('one gateway, two model providers, three MCP servers, all on this machine')}`)
  const world = await startDemoWorld(folder)
  try {
    say(dim(`   gateway ${world.gateway.url}, admin ${world.gateway.admin}, configuration ${world.configFile}`))
    await playAll(world)
    showRecord(world)
    await verify(world)
    say(`\n${green('All claims hold.')}`)
    if (process.stdout.isTTY && !process.argv.includes('--once')) {
      invite(world)
      await untilInterrupted()
    }
    return 0
  } catch (error) {
    say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n${world.gateway.child.stderr()}`)
    return 1
  } finally {
    await world.close()
  }
}

process.exitCode = await main()
