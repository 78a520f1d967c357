/**
 * The decimals of pi by Gibbons' unbounded spigot on BigInt: no tables, no floating point, and work
 * that grows faster than the number of digits. It names nothing from outside, so it can travel by its source.
 *
 * @param {number} decimals
 * @returns {string} `3` and that many decimals, without the point
 */
export function pi(decimals) {
  let q = 1n
  let r = 0n
  let t = 1n
  let k = 1n
  let digit = 3n
  let odd = 3n
  let text = ''
  while (text.length <= decimals) {
    if (4n * q + r - t < digit * t) {
      text += digit
      const rest = 10n * (r - digit * t)
      digit = (10n * (3n * q + r)) / t - 10n * digit
      q *= 10n
      r = rest
    } else {
      const next = (q * (7n * k) + 2n + r * odd) / (t * odd)
      r = (2n * q + r) * odd
      q *= k
      t *= odd
      odd += 2n
      k += 1n
      digit = next
    }
  }
  return text
}
