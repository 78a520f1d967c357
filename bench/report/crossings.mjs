import { drivers as allDrivers } from '../drivers/index.mjs'
import { format } from './format.mjs'

/** @typedef {{ at: number, value: number }} Point */

/**
 * Where a line that begins above another comes below it for good, between the points as a straight line between logarithms.
 *
 * @param {readonly Point[]} line
 * @param {readonly Point[]} base of the same places
 * @returns {number} 0 where it is below from the first point on, infinity where it ends above
 */
export function crossing(line, base) {
  const gaps = line.flatMap(({ at, value }) => {
    const other = base.find((point) => point.at === at)
    return other ? [{ at: Math.log(at), gap: Math.log(value / other.value) }] : []
  })
  const last = gaps.findLastIndex(({ gap }) => gap >= 0)
  const [above, below] = [gaps[last], gaps[last + 1]]
  if (gaps.length === 0) return Number.NaN
  if (!above) return 0
  if (!below) return Number.POSITIVE_INFINITY
  return Math.exp(above.at + ((below.at - above.at) * above.gap) / (above.gap - below.gap))
}

/**
 * In a case that is drawn over the size of the work and that the host can also do alone: the size at which each way to run things in
 * parallel begins to pay, and what the work takes then.
 *
 * @param {import('../types.d.ts').CaseReport} report
 * @returns {{ driver: string, at: number, text: string }[]}
 */
export function crossingsOf({ axis, metrics, drivers }) {
  const inline = allDrivers.find(({ role, name }) => role === 'inline' && drivers[name])?.name
  if (!axis || !inline || Object.values(metrics).some(({ unit }) => unit !== 'seconds')) return []
  /** @param {string} driver */
  const pointsOf = (driver) =>
    Object.entries(metrics).flatMap(([name, { at }]) => {
      const summary = drivers[driver]?.[name]
      return at !== undefined && summary && summary.median > 0 ? [{ at, value: summary.median }] : []
    })
  const base = pointsOf(inline)
  return Object.keys(drivers).flatMap((driver) => {
    const at = crossing(pointsOf(driver), base)
    if (driver === inline || Number.isNaN(at)) return []
    const first = base[0]?.at ?? Number.NaN
    const alone = format(valueAt(base, at), 'seconds')
    const size =
      at === 0 ? `at ${first} ${axis.label} already` : `from about ${round(at)} ${axis.label} on (${alone} ${inline})`
    const text = Number.isFinite(at)
      ? `${driver} begins to pay ${size}`
      : `${driver} does not pay up to ${base.at(-1)?.at} ${axis.label}`
    return [{ driver, at, text }]
  })
}

/**
 * On a straight line between logarithms.
 *
 * @param {readonly Point[]} line
 * @param {number} at
 */
function valueAt(line, at) {
  const after = line.findIndex((point) => point.at >= at)
  const [low, high] = [line[after - 1], line[after]]
  if (!low || !high) return high?.value ?? Number.NaN
  return low.value * (high.value / low.value) ** (Math.log(at / low.at) / Math.log(high.at / low.at))
}

/** Two digits are all that such figures hold. @param {number} value */
const round = (value) => Number(value.toPrecision(2)).toLocaleString('en')
