import { cases as allCases } from '../cases/index.mjs'
import { format, formatRatio } from './format.mjs'
import { table } from './table.mjs'

/** @typedef {import('../targets.mjs').Target} Target */

/**
 * @param {readonly import('../types.d.ts').CaseReport[]} cases
 * @param {string} name `case.metric@driver`
 */
function lookUp(cases, name) {
  const [, subject, metric = '', driver = ''] = /^(.+)\.(.+)@(.+)$/.exec(name) ?? []
  // What was not measured has its unit all the same.
  const unit = allCases.find((each) => each.name === subject)?.metrics[metric]?.unit
  if (!unit) throw new RangeError(`A target names '${name}', which no case measures`)
  const report = cases.find((each) => each.name === subject)
  return { value: report?.drivers[driver]?.[metric]?.median ?? Number.NaN, unit }
}

/**
 * @param {readonly import('../types.d.ts').CaseReport[]} cases
 * @param {readonly Target[]} targets
 * @returns {{ text: string, bound: string, measured: string, verdict: 'pass' | 'miss' | 'not measured' }[]}
 */
export function judge(cases, targets) {
  return targets.map(({ text, figure, over, least, most }) => {
    const { value, unit } = lookUp(cases, figure)
    const measured = over ? value / lookUp(cases, over).value : value
    /** @param {number} number */
    const show = (number) => (over ? formatRatio(number) : format(number, unit))
    const bound = least === undefined ? `at most ${show(most ?? Number.NaN)}` : `at least ${show(least)}`
    const reached = measured >= (least ?? -Infinity) && measured <= (most ?? Infinity)
    const verdict = Number.isNaN(measured) ? 'not measured' : reached ? 'pass' : 'miss'
    return { text, bound, measured: show(measured), verdict }
  })
}

/**
 * @param {readonly import('../types.d.ts').CaseReport[]} cases
 * @param {readonly Target[]} targets
 * @returns {{ text: string, missed: number }}
 */
export function check(cases, targets) {
  const judged = judge(cases, targets)
  const rows = judged.map(({ text, bound, measured, verdict }) => [text, bound, measured, verdict])
  const missed = judged.filter(({ verdict }) => verdict === 'miss').length
  return { text: table(['target', 'bound', 'measured', ''], rows), missed }
}
