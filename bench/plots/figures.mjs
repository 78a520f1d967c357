import { BASE, linesOf } from '../report/tables.mjs'
import { bars } from './bars.mjs'
import { lines } from './lines.mjs'

/**
 * The metrics of a case without an axis that are worth a picture. Cases with an axis are drawn whole.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const drawn = {
  startup: ['total'],
  'startup-100': ['concurrent', 'sequential'],
  memory: ['proportional'],
  'pi-units': ['time'],
  'round-trip': ['awake', 'idle'],
  pipelined: ['rate'],
  'one-way': ['number', 'records'],
  spread: ['time', 'memory'],
  lookup: ['one', 'resident'],
  'pool-empty': ['rate'],
  'pool-small-tasks': ['speedup'],
  evaluate: ['one', 'rate'],
  'server-hello': ['two', 'ten'],
  'server-start': ['first', 'memory'],
}

/**
 * @typedef {object} Figure
 * @property {string} name of its files, without their ends
 * @property {string} title
 * @property {(theme: import('./theme.mjs').Theme) => import('./render.mjs').Picture} draw
 */

/**
 * @param {import('../types.d.ts').CaseReport} report
 * @returns {Figure[]}
 */
export function figuresOf(report) {
  const { name, title, axis, metrics, drivers } = report
  if (Object.values(drivers).every((figures) => Object.keys(figures).length === 0)) return []
  if (axis) {
    return linesOf(metrics).map((line) => ({
      name: line === '' ? name : `${name}-${line.replaceAll(/\W+/g, '-')}`,
      title: line === '' ? title : `${title}: ${line}`,
      draw: (theme) => lines(report, line, title, theme),
    }))
  }
  // What a quick run has measured with some peers only says nothing of us.
  const shown = drawn[name]?.filter((metric) => drivers[BASE]?.[metric])
  if (!shown || shown.length === 0) return []
  return [{ name, title, draw: (theme) => bars(report, shown, title, theme) }]
}
