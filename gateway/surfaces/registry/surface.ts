// Registry API v0.1 as callers speak it: the query of a list, the shape of answers and of refusals.
import { Failure } from '../../exchange/failure.ts'
import type { PageQuery } from '../../../registry/subregistry.ts'
import type { RenderedFailure } from '../model-surface.ts'
import { failureHeaders, failureText } from '../render-failure.ts'

const defaultLimit = 30
/** As the official registry has it. */
const mostLimit = 100
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i

const malformed = (field: string, remedy: string): Failure => new Failure('request.malformed', `The query parameter ${field} cannot be read.`, { detail: { field, remedy } })

const limitOf = (written: string | null): number => {
  if (written === null) return defaultLimit
  const limit = Number(written)
  if (!/^\d{1,9}$/.test(written) || limit < 1) throw malformed('limit', 'Send a number of at least 1.')
  return Math.min(limit, mostLimit)
}

const timeOf = (written: string | null): number | null => {
  if (written === null) return null
  const time = dateTime.test(written) ? Date.parse(written) : Number.NaN
  if (Number.isNaN(time)) throw malformed('updated_since', 'Send an RFC 3339 time, e.g. 2026-01-31T00:00:00Z.')
  return time
}

const named = (value: string | null): string | null => value === '' ? null : value

/** The query of `GET /v0.1/servers`; unknown parameters are passed over. @param target path and query. @throws Failure request.malformed */
export const readPageQuery = (target: string): PageQuery => {
  const query = new URLSearchParams(target.split('?').slice(1).join('?'))
  return {
    limit: limitOf(query.get('limit')), cursor: named(query.get('cursor')), search: named(query.get('search')),
    updatedSinceMs: timeOf(named(query.get('updated_since'))), version: named(query.get('version')),
  }
}

export const registrySurface = {
  dialect: 'registry',
  render: (answer: unknown): string => JSON.stringify(answer),
  renderFailure: (failure: Failure, exchangeId: string): RenderedFailure => ({
    status: failure.row.http, headers: failureHeaders(failure, exchangeId),
    body: JSON.stringify({ error: failureText(failure, exchangeId), code: failure.code }),
  }),
} as const
