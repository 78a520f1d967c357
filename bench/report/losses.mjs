import { direction } from './direction.mjs'
import { format, formatRatio } from './format.mjs'
import { BASE } from './tables.mjs'

/** Figures of one run that are closer than this are not told apart. */
export const MARGIN = 1.05

/** @typedef {import('../types.d.ts').Driver} Driver */

/**
 * Where a peer is better than one of ours.
 *
 * @typedef {object} Loss
 * @property {string} ours
 * @property {string} peer
 * @property {string} metric what was measured, with its point where the case has an axis
 * @property {number} ratio above 1
 * @property {string} figures both medians
 * @property {string | undefined} why
 */

/** @param {import('../types.d.ts').Metric} metric @param {number} ours @param {number} theirs */
const worse = (metric, ours, theirs) => (direction(metric) === 'less' ? ours / theirs : theirs / ours)

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @param {import('../types.d.ts').Case | undefined} subject
 * @param {readonly Driver[]} drivers
 * @returns {Loss[]}
 */
export function lossesOf(report, subject, drivers) {
  const ours = drivers.filter(({ role, name }) => role === 'ours' && report.drivers[name])
  return ours.flatMap((own) => {
    const peers = drivers.filter(({ role, name }) => role === undefined && (own.rivals?.includes(name) ?? true))
    return peers.flatMap((peer) =>
      Object.entries(report.metrics).flatMap(([name, metric]) => {
        const [mine, theirs] = [own, peer].map((driver) => report.drivers[driver.name]?.[name]?.median)
        if (mine === undefined || theirs === undefined) return []
        const ratio = worse(metric, mine, theirs)
        if (!(ratio > MARGIN)) return []
        const key = own.name === BASE ? peer.name : `${own.name}/${peer.name}`
        return [
          {
            ours: own.name,
            peer: peer.name,
            metric: [metric.line, metric.label].filter(Boolean).join(', '),
            ratio,
            figures: `${format(mine, metric.unit)} against ${format(theirs, metric.unit)}`,
            why: subject?.why?.[`${name}@${key}`] ?? subject?.why?.[key],
          },
        ]
      }),
    )
  })
}

/**
 * @param {readonly Loss[]} losses of one case
 * @returns {[Loss, ...Loss[]][]} those of the same two drivers and of the same reason
 */
export function groupLosses(losses) {
  /** @type {Map<string, [Loss, ...Loss[]]>} */
  const groups = new Map()
  for (const loss of losses) {
    const key = `${loss.ours} ${loss.peer} ${loss.why}`
    const group = groups.get(key)
    if (group) group.push(loss)
    else groups.set(key, [loss])
  }
  return [...groups.values()]
}

/**
 * @param {readonly Loss[]} losses of one case
 * @returns {string[]} a sentence for each pair of drivers and each reason
 */
export function lossTexts(losses) {
  return groupLosses(losses).map((group) => {
    const [{ ours, peer, why }] = group
    const list = group.map(({ metric, ratio, figures }) => `${metric} ${formatRatio(ratio)} (${figures})`)
    return `**${peer}** is better than ${ours}: ${list.join('; ')}. ${why ?? 'We have not found out why.'}`
  })
}

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @param {readonly Driver[]} drivers
 * @returns {string[]} how far ours are from what nobody can go below
 */
export function floorTexts(report, drivers) {
  const floor = drivers.find(({ role, name }) => role === 'floor' && report.drivers[name])?.name
  if (floor === undefined) return []
  return Object.entries(report.metrics).flatMap(([name, metric]) => {
    const [mine, least] = [BASE, floor].map((driver) => report.drivers[driver]?.[name]?.median)
    if (mine === undefined || least === undefined) return []
    return [
      `Distance to the floor: ${metric.label}, ${BASE} takes ${formatRatio(worse(metric, mine, least))} what ${floor} takes.`,
    ]
  })
}
