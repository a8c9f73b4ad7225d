// How many times as long four times as much takes: about 4 for what is linear, 16 for what is quadratic. Processor time, in equal portions and in
// turns, the best of several: other things happen on this machine.
const timeOf = (times: number, work: () => void): number => {
  const began = process.cpuUsage()
  for (let turn = 0; turn < times; turn += 1) work()
  return process.cpuUsage(began).user
}

/** @param unit repeated up to a quarter of a million characters, and a million */
export const growthOf = (unit: string, work: (text: string) => void): number => {
  // Flat, as a text is that came over the network.
  const texts = [1 << 18, 1 << 20].map(length => Buffer.from(unit.repeat(length / unit.length), 'utf16le').toString('utf16le'))
  const [short = '', long = ''] = texts
  work(long)
  let [bestShort, bestLong] = [Infinity, Infinity]
  for (let turn = 0; turn < 7; turn += 1) {
    bestShort = Math.min(bestShort, timeOf(4, () => { work(short) }) / 4)
    bestLong = Math.min(bestLong, timeOf(1, () => { work(long) }))
  }
  return bestLong / bestShort
}
