// A small real MCP server for the demo: one tool that runs SQL on a SQLite file. It guards nothing on purpose; that is the gateway's job.
// Usage: node test/support/sqlite-mcp-server.ts <file>
import { DatabaseSync } from 'node:sqlite'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

const demoRows = [
  [1, 'Ada Lovelace', 'ada@example.com', 120],
  [2, 'Alan Turing', 'alan@example.com', 80],
  [3, 'Grace Hopper', 'grace@example.com', 240],
] as const

const openDatabase = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file)
  const { found } = database.prepare('SELECT count(*) AS found FROM sqlite_master WHERE type = ? AND name = ?').get('table', 'customers') as { found: number }
  if (found === 0) {
    database.exec('CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, balance INTEGER NOT NULL)')
    const insert = database.prepare('INSERT INTO customers VALUES (?, ?, ?, ?)')
    for (const row of demoRows) insert.run(...row)
  }
  return database
}

const query = (database: DatabaseSync, sql: string): string => {
  const statement = database.prepare(sql)
  // Statements without columns change something and have no rows.
  return statement.columns().length === 0 ? `${String(statement.run().changes)} rows changed` : JSON.stringify(statement.all())
}

const buildServer = (database: DatabaseSync): McpServer => {
  const server = new McpServer({ name: 'sqlite-demo', version: '1.0.0' })
  server.registerTool('query', {
    description: 'Runs one SQL statement on the database and returns its rows as JSON.',
    inputSchema: z.object({ sql: z.string().describe('One SQL statement.') }),
    annotations: { readOnlyHint: false, destructiveHint: true },
  }, ({ sql }) => {
    try {
      return { content: [{ type: 'text', text: query(database, sql) }] }
    } catch (error) {
      return { content: [{ type: 'text', text: error instanceof Error ? error.message : String(error) }], isError: true }
    }
  })
  return server
}

const file = process.argv[2]
if (file === undefined) {
  console.error('usage: sqlite-mcp-server.ts <file>')
  process.exitCode = 2
} else {
  const database = openDatabase(file)
  serveStdio(() => buildServer(database))
}
