import { direction } from '../report/direction.mjs'
import { shiftOf } from './signed-rank.mjs'

/**
 * What is known of one metric.
 *
 * @typedef {object} Verdict
 * @property {number} ratio of the new build's figure to the old one's
 * @property {number} low
 * @property {number} high
 * @property {'no difference' | 'better' | 'worse'} text
 */

/**
 * Ratios, because what else the machine does slows both by a factor; so their logarithms are what is estimated.
 *
 * @param {readonly (readonly [old: number, fresh: number])[]} pairs of figures above zero, each measured one right after the other
 * @param {import('../types.d.ts').Metric} metric
 * @param {number} confidence
 * @returns {Verdict}
 */
export function judge(pairs, metric, confidence) {
  const differences = pairs.map(([old, fresh]) => Math.log(fresh / old))
  const { estimate, low, high } = shiftOf(differences, confidence)
  const more = low > 0 ? 'more' : high < 0 ? 'less' : undefined
  const text = more === undefined ? 'no difference' : more === direction(metric) ? 'better' : 'worse'
  return { ratio: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high), text }
}

/**
 * The confidence of each of several statements of which all shall hold together with `confidence` (Bonferroni).
 *
 * @param {number} confidence
 * @param {number} statements
 */
export const each = (confidence, statements) => 1 - (1 - confidence) / statements
