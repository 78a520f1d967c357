/**
 * @param {readonly number[]} ascending at least one value
 * @param {number} fraction between 0 and 1
 * @returns {number} interpolated between the two nearest values
 */
export function quantile(ascending, fraction) {
  const position = (ascending.length - 1) * fraction
  const below = Math.floor(position)
  const low = ascending[below] ?? Number.NaN
  const high = ascending[below + 1] ?? low
  return low + (high - low) * (position - below)
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
}

/**
 * @param {readonly (readonly number[])[]} processes the samples of each process
 * @returns {import('../types.d.ts').Summary}
 */
export function summarize(processes) {
  const ascending = processes.flat().sort((a, b) => a - b)
  return {
    median: quantile(ascending, 0.5),
    p25: quantile(ascending, 0.25),
    p75: quantile(ascending, 0.75),
    p99: quantile(ascending, 0.99),
    count: ascending.length,
    processes: processes.map(median),
  }
}
