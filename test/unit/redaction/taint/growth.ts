// How many times as long four times as much takes: about 4 for what is linear, 16 for what is quadratic. The best of several tries each, because
// other things happen on this machine.
const bestOf = (tries: number, work: () => void): number => {
  let best = Infinity
  for (let turn = 0; turn < tries; turn += 1) {
    const began = performance.now()
    work()
    best = Math.min(best, performance.now() - began)
  }
  return best
}

export const growthOf = (work: (length: number) => void): number => {
  const length = 1 << 18
  work(length)
  return bestOf(5, () => { work(length * 4) }) / bestOf(7, () => { work(length) })
}
