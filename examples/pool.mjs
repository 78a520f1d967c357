// Tasks on all cores: functions and exports of a module, with priorities, limits, progress and back-pressure.
import { Pool } from 'isolates'

const pool = new Pool({
  memoryLimit: 64,
  modules: {
    sources: { words: "export const longest = (text) => text.split(' ').sort((a, b) => b.length - a.length)[0]" },
  },
  module: 'words',
  initialize: () => {
    globalThis.cache = new Map()
  },
})

const fibonacci = (n) => {
  const value = (k) => {
    if (k < 2) return k
    if (!cache.has(k)) cache.set(k, value(k - 1) + value(k - 2))
    return cache.get(k)
  }
  return value(n)
}

console.log(await Promise.all([10, 20, 30].map((n) => pool.run(fibonacci, [n])))) // [ 55, 6765, 832040 ]
console.log(await pool.run('longest', ['a line with several words'])) // several

// An endless source: read as fast as results are taken.
function* numbers() {
  for (let n = 1; ; n++) yield n
}
for await (const square of pool.map(numbers(), (n) => n * n, { concurrency: 4 })) {
  if (square > 100) break
}

const progress = []
await pool.run(
  (steps, report) => {
    for (let step = 1; step <= steps; step++) report(step / steps)
  },
  [4],
  { onProgress: (part) => progress.push(part) },
)
console.log(progress) // [ 0.25, 0.5, 0.75, 1 ]

try {
  await pool.run(
    () => {
      for (;;);
    },
    [],
    { timeout: 50 },
  )
} catch (error) {
  console.log(error.name, '- and the pool goes on:', await pool.run((n) => n + 1, [41]))
}

const { completed, failed, runTime } = pool.stats
console.log({ completed, failed, longest: `${Math.round(runTime.max)} ms` })
await pool.close()
