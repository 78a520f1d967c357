// Work in parallel: the same function in one isolate for each core, in about the time of one.
import { availableParallelism } from 'node:os'
import { Isolate } from 'isolates'

function countPrimes(from, to) {
  let count = 0
  for (let candidate = Math.max(from, 2); candidate < to; candidate += 1) {
    let divisor = 2
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor += 1
    if (divisor * divisor > candidate) count += 1
  }
  return count
}

const LIMIT = 2_000_000
const isolates = Array.from({ length: availableParallelism() }, () => new Isolate())
const share = Math.ceil(LIMIT / isolates.length)

const begin = performance.now()
const counts = await Promise.all(
  isolates.map((isolate, index) => isolate.call(countPrimes, [index * share, Math.min((index + 1) * share, LIMIT)])),
)
const seconds = ((performance.now() - begin) / 1000).toFixed(2)

const total = counts.reduce((sum, count) => sum + count)
console.log(`${total} primes below ${LIMIT}, found in ${seconds} s by ${isolates.length} isolates`)
await Promise.all(isolates.map((isolate) => isolate.close()))
