// `npm run test:chaos`: random operations on isolates, pools, channels and stores, from the host, its guests and worker threads,
// with random deaths, for some minutes. Checks that every promise settles, results are right, nothing arrives twice,
// counters are exact, and memory stays flat. Prints its seed; the same seed makes the same choices.
//   node --expose-gc scripts/chaos.mjs 5          five minutes
//   node --expose-gc scripts/chaos.mjs 5 12345    with that seed
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { makeChecks } from './chaos-checks.mjs'
import { held, mostGrowth } from './chaos-memory.mjs'
import { makeWorld } from './chaos-world.mjs'

const minutes = isMainThread ? Number(process.argv[2] ?? 2) : workerData.minutes
const seed = isMainThread ? Number(process.argv[3] ?? Date.now() % 2 ** 31) : workerData.seed
const checks = makeChecks(seed)
const { counts, party, rest, close } = makeWorld(checks)

if (isMainThread) console.log(`chaos for ${minutes} minutes, seed ${seed}`)
const end = performance.now() + minutes * 60_000
const rounds = isMainThread ? Math.max(4, Math.round(minutes * 4)) : 1
const rests = []
for (let round = 1; round <= rounds; round++) {
  const deadline = end - ((rounds - round) * minutes * 60_000) / rounds
  await Promise.all(Array.from({ length: 4 }, () => party(deadline)))
  await rest()
  if (!isMainThread) continue
  const left = await held()
  rests.push(left)
  const figures = Object.entries(left).map(([what, size]) => `${size.toFixed(2)} MiB ${what}`)
  console.log(
    `round ${round} of ${rounds}: ${counts.operations} operations, ${counts.deaths} deaths, ${counts.items} items; at rest ${figures.join(', ')}`,
  )
}
close()
if (isMainThread) {
  // The first rounds fill caches.
  const half = Math.floor(rests.length / 2)
  for (const [what, most] of mostGrowth(rests[0])) {
    const early = Math.max(...rests.slice(0, half).map((left) => left[what]))
    const late = Math.min(...rests.slice(half).map((left) => left[what]))
    checks.check(late < early + most, `memory ${what} grew from ${early.toFixed(2)} to ${late.toFixed(2)} MiB`)
  }
  console.log('nothing hung, nothing was lost or doubled, memory is flat')
} else {
  parentPort.close()
}
