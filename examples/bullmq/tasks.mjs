// What the jobs are: run in isolates, on all cores.

/** How many primes there are below `limit`. */
export function countPrimes(limit) {
  let count = 0
  for (let n = 2; n < limit; n++) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= n && isPrime; divisor++) isPrime = n % divisor !== 0
    if (isPrime) count += 1
  }
  return count
}
