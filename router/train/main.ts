// node router/train/main.ts DATA: trains the difficulty model on the training prompts of what was downloaded to DATA, and writes
// router/difficulty/weights.bin. README ("Choosing a model") says where the data are from; none of them is kept in the repository.
import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { weightsFile } from '../difficulty/weights.ts'
import { fitWeights } from './fit.ts'
import { readData } from './read-data.ts'
import { isHeldOut } from './split.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Usage: node router/train/main.ts DATA\n')
  process.exit(2)
}
const rows = readData(folder)
const missing = (['mmlu', 'gsm8k', 'llmrouter'] as const).filter(name => !rows.some(({ set }) => set === name))
if (missing.length > 0) {
  process.stderr.write(`${folder} has no rows of ${missing.join(', ')}: README, "Choosing a model", says what to download\n`)
  process.exit(1)
}
const training = rows.filter(({ prompt }) => !isHeldOut(prompt))
const file = fitWeights(training)
writeFileSync(weightsFile, file)
process.stdout.write(`${training.length} of ${rows.length} prompts; ${file.length} bytes, version ${hash('sha256', file).slice(0, 12)}\n`)
