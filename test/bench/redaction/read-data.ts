// The sets that a developer downloaded: found below a folder by name, so that clones of the public projects can lie there as they are.
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { LabelledSet } from './labelled.ts'
import { readConll } from './read-conll.ts'
import { readLeakyRepo, type LeakyFile } from './read-leaky-repo.ts'
import { readPresidioResearch } from './read-presidio-research.ts'
import { readTable } from './read-tables.ts'

export interface RedactionData { readonly sets: readonly LabelledSet[]; readonly leaky: readonly LeakyFile[] }

const find = (folder: string, pattern: string): string[] => globSync(pattern, { cwd: folder }).sort().map(name => join(folder, name))

/** The part of each corpus that its makers judge by, where there is one. */
const conllSets = [
  { pattern: '**/emerging.test.annotated', name: 'WNUT 2017, test', licence: 'CC BY 4.0' },
  { pattern: '**/BTC/**/f.conll', name: 'Broad Twitter Corpus, part f', licence: 'CC BY 4.0' },
  { pattern: '**/wikigold.conll.txt', name: 'wikigold', licence: 'CC BY 4.0' },
] as const

/** @param folder what README ("Figures of detection") calls DATA @throws where a file is not what its name says */
export const readRedactionData = (folder: string): RedactionData => ({
  sets: [
    ...['synth_dataset_v2.json', 'generated_large.json'].flatMap(name => find(folder, `**/${name}`).slice(0, 1).map(file => readPresidioResearch(file, name))),
    ...conllSets.flatMap(({ licence, name, pattern }) => find(folder, pattern).slice(0, 1).map(file => readConll(file, name, licence))),
    ...find(folder, 'tables/*.csv').map(file => readTable(file, basename(file))),
  ],
  leaky: find(folder, '**/.leaky-meta/secrets.csv').slice(0, 1).flatMap(readLeakyRepo),
})
