// Calls that take their own time, in the words of either era: tool `job` makes one, `tasks/*` are about it.

interface Job { status: 'working' | 'input_required' | 'completed' | 'cancelled'; readonly args: Readonly<Record<string, unknown>>; answers: unknown }

const times = { createdAt: '2026-11-23T00:00:00Z', lastUpdatedAt: '2026-11-23T00:00:01Z' }
const related = 'io.modelcontextprotocol/related-task'
const question = { asked: { method: 'elicitation/create', params: { message: 'Go on?', requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } } } } } }

export class FakeTasks {
  readonly #jobs = new Map<string, Job>()

  /** Result of the call that begins it. `args.asks`: it wants to know something first. */
  create(args: Readonly<Record<string, unknown>>, modern: boolean): string {
    const id = `task-${this.#jobs.size + 1}`
    this.#jobs.set(id, { status: args['asks'] === true ? 'input_required' : 'working', args, answers: null })
    const task = { taskId: id, status: 'working', ...times }
    return JSON.stringify(modern ? { resultType: 'task', ...task, ttlMs: 60_000 } : { task: { ...task, ttl: 60_000 } })
  }

  finish(): void { for (const job of this.#jobs.values()) if (job.status === 'working') job.status = 'completed' }

  /** Null for a task that there is not. */
  answer(method: string, params: Readonly<Record<string, unknown>>, modern: boolean): string | null {
    const id = String(params['taskId'])
    const job = this.#jobs.get(id)
    if (job === undefined) return null
    const state = { taskId: id, status: job.status, ...times, ...modern ? { ttlMs: 60_000, resultType: 'complete' } : { ttl: 60_000 } }
    const result = { content: [{ type: 'text', text: JSON.stringify({ args: job.args, answers: job.answers }) }] }
    switch (method) {
      case 'tasks/get': return JSON.stringify({ ...state, ...modern && job.status === 'completed' ? { result } : {}, ...modern && job.status === 'input_required' ? { inputRequests: question } : {} })
      case 'tasks/result': return JSON.stringify({ ...result, _meta: { [related]: { taskId: id } } })
      case 'tasks/update':
        job.answers = params['inputResponses']
        job.status = 'completed'
        return '{"resultType":"complete"}'
      case 'tasks/cancel':
        job.status = 'cancelled'
        return modern ? '{"resultType":"complete"}' : JSON.stringify({ ...state, status: 'cancelled' })
      default: return null
    }
  }
}
