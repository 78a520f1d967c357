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
 * @returns {string[]} a table for each metric: median, the middle half of the samples, and the ratio to ours
 */
function metricTables({ metrics, drivers }) {
  return Object.entries(metrics).flatMap(([metric, { label, unit }]) => {
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
}

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @param {import('../types.d.ts').Axis} axis
 * @returns {string[]} a table for each line: a row for each point, a column for each driver, medians only
 */
function lineTables({ metrics, drivers }, axis) {
  const lines = new Set(Object.values(metrics).map(({ line = '' }) => line))
  return [...lines].map((line) => {
    const names = Object.keys(drivers)
    const points = Object.entries(metrics).filter(([, metric]) => (metric.line ?? '') === line)
    const rows = points.map(([name, { label, unit }]) => [
      label,
      ...names.map((driver) => format(drivers[driver]?.[name]?.median ?? Number.NaN, unit)),
    ])
    return table([line === '' ? axis.label : `${line}: ${axis.label}`, ...names], rows)
  })
}

/** @param {import('../types.d.ts').CaseReport} report */
export function caseText(report) {
  const { name, title, axis, notes } = report
  const tables = axis ? lineTables(report, axis) : metricTables(report)
  return [`${name}: ${title}`, ...tables, ...notes.map((note) => `  ${note}`)].join('\n')
}
