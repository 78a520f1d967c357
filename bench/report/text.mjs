import { format, formatRatio } from './format.mjs'
import { table } from './table.mjs'

/** The driver the others are compared with. */
const BASE = 'isolates'

/**
 * @param {import('../types.d.ts').Machine} machine
 * @param {Readonly<Record<string, string>>} versions
 */
export function headline(machine, versions) {
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const busy = machine.load > machine.cores / 2
  return [
    `Node ${machine.node} (V8 ${machine.v8}), ${machine.system}`,
    `${machine.cpu}, ${machine.cores} cores, ${format(machine.memory, 'bytes')}`,
    peers.join(', '),
    ...(busy ? [`The machine is busy (load ${machine.load.toFixed(1)}): expect figures that are too high.`] : []),
  ].join('\n')
}

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @returns {string} a table for each metric: median, the middle half of the samples, and the ratio to ours
 */
export function caseText({ name, title, metrics, drivers, notes }) {
  const tables = Object.entries(metrics).flatMap(([metric, { label, unit }]) => {
    const base = drivers[BASE]?.[metric]?.median ?? Number.NaN
    const rows = Object.entries(drivers).flatMap(([driver, figures]) => {
      const summary = figures[metric]
      if (!summary) return []
      const { median, p25, p75 } = summary
      const spread = `${format(p25, unit)} .. ${format(p75, unit)}`
      return [[driver, format(median, unit), spread, formatRatio(median / base)]]
    })
    return rows.length > 0 ? [table([label, 'median', 'p25 .. p75', `by ${BASE}`], rows)] : []
  })
  return [`${name}: ${title}`, ...tables, ...notes.map((note) => `  ${note}`)].join('\n')
}
