/**
 * Estimates of a shift from paired differences, by Wilcoxon's signed-rank test turned round (Hodges and Lehmann): nothing is assumed of
 * the differences but that they lie alike on both sides of the shift, so a stray measurement does no more harm than any other.
 * The interval is exact, not an approximation: it holds the shift with at least the confidence asked for.
 *
 * @typedef {object} Shift
 * @property {number} estimate the median of the means of all pairs of differences
 * @property {number} low
 * @property {number} high
 */

/**
 * @param {readonly number[]} differences at least `fewest(confidence)`
 * @param {number} confidence between 0 and 1
 * @returns {Shift}
 */
export function shiftOf(differences, confidence) {
  const count = differences.length
  const out = left(count, confidence)
  if (out === 0) throw new RangeError(`${count} pairs are too few: ${fewest(confidence)} are the least`)
  const means = differences
    .flatMap((one, index) => differences.slice(index).map((other) => (one + other) / 2))
    .sort((a, b) => a - b)
  const at = (/** @type {number} */ index) => means[index] ?? Number.NaN
  const middle = (means.length - 1) / 2
  return {
    estimate: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(out - 1),
    high: at(means.length - out),
  }
}

/**
 * @param {number} confidence
 * @returns {number} the fewest pairs from which an interval can be had
 */
export function fewest(confidence) {
  let count = 1
  while (2 * 0.5 ** count > 1 - confidence) count += 1
  return count
}

/**
 * How many of the means, in their order, lie outside of the interval on each side, plus one; 0 where none can be left out.
 *
 * @param {number} count
 * @param {number} confidence
 */
function left(count, confidence) {
  const ways = distribution(count)
  const total = 2 ** count
  let below = 0
  let rank = 0
  while ((2 * (below + (ways[rank] ?? 0))) / total <= 1 - confidence) {
    below += ways[rank] ?? 0
    rank += 1
  }
  return rank
}

/**
 * @param {number} count
 * @returns {number[]} by a sum: how many of all choices of signs give the positive ranks that sum
 */
function distribution(count) {
  const ways = [1]
  for (let rank = 1; rank <= count; rank += 1) {
    for (let sum = (rank * (rank + 1)) / 2; sum >= rank; sum -= 1)
      ways[sum] = (ways[sum] ?? 0) + (ways[sum - rank] ?? 0)
  }
  return ways
}
