import { format, formatRatio } from './format.mjs'

/** The driver the others are compared with. */
export const BASE = 'isolates'

/**
 * @typedef {object} Table
 * @property {readonly string[]} head
 * @property {readonly (readonly string[])[]} rows
 */

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @returns {Table[]} what is shown of a case, in the terminal and on the page
 */
export const tablesOf = (report) => (report.axis ? lineTables(report, report.axis) : metricTables(report))

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @returns {Table[]} one for each metric: median, the middle half of the samples, and the ratio to ours
 */
function metricTables({ metrics, drivers, failed }) {
  return Object.entries(metrics).flatMap(([metric, { label, unit }]) => {
    const base = drivers[BASE]?.[metric]?.median ?? Number.NaN
    const rows = Object.entries(drivers).flatMap(([driver, figures]) => {
      const summary = figures[metric]
      if (!summary) return []
      const { median, p25, p75 } = summary
      const spread = `${format(p25, unit)} .. ${format(p75, unit)}`
      return [[driver, format(median, unit), spread, formatRatio(median / base)]]
    })
    if (rows.length === 0) return []
    const lost = Object.keys(failed).filter((driver) => !drivers[driver])
    return [
      {
        head: [label, 'median', 'p25 .. p75', `by ${BASE}`],
        rows: [...rows, ...lost.map((name) => [name, 'failed', '', ''])],
      },
    ]
  })
}

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @param {import('../types.d.ts').Axis} axis
 * @returns {Table[]} one for each line: a row for each point, a column for each driver, medians only
 */
function lineTables({ metrics, drivers, failed }, axis) {
  const names = [...new Set([...Object.keys(drivers), ...Object.keys(failed)])]
  return linesOf(metrics).map((line) => {
    const points = Object.entries(metrics).filter(([, metric]) => (metric.line ?? '') === line)
    const rows = points.map(([name, { label, unit }]) => [
      label,
      ...names.map((driver) => {
        const figures = drivers[driver]
        return figures ? format(figures[name]?.median ?? Number.NaN, unit) : 'failed'
      }),
    ])
    return { head: [line === '' ? axis.label : `${line}: ${axis.label}`, ...names], rows }
  })
}

/** @param {import('../types.d.ts').CaseReport['metrics']} metrics */
export const linesOf = (metrics) => [...new Set(Object.values(metrics).map(({ line = '' }) => line))]
