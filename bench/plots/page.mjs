import { cases as allCases } from '../cases/index.mjs'
import { drivers as allDrivers } from '../drivers/index.mjs'
import { judge } from '../report/check.mjs'
import { crossingsOf } from '../report/crossings.mjs'
import { format, formatDuration, formatRatio } from '../report/format.mjs'
import { floorTexts, groupLosses, lossesOf, lossTexts, MARGIN } from '../report/losses.mjs'
import { markdownTable } from '../report/table.mjs'
import { tablesOf } from '../report/tables.mjs'
import { targetsOn } from '../targets.mjs'
import { sections } from './sections.mjs'

/** @typedef {import('../types.d.ts').Report} Report */
/** @typedef {import('../types.d.ts').CaseReport} CaseReport */

/**
 * The page of a report, in Markdown.
 *
 * @param {Report} report
 * @param {ReadonlyMap<string, readonly { name: string, title: string }[]>} pictures of each case
 */
export function page(report, pictures) {
  const parts = sections(report.cases)
  return `${[
    '<!-- Written by `npm run bench:plots` from results.json: do not change it by hand. -->',
    '# Benchmarks',
    ...preface(report),
    ...losses(report),
    ...targets(report),
    ...parts.flatMap(({ title, text, reports }) => [
      `## ${title}`,
      ...(text ? [text] : []),
      ...reports.flatMap((each) => caseSection(each, pictures.get(each.name) ?? [])),
    ]),
    ...versions(report),
  ].join('\n\n')}\n`
}

/** @param {Report} report */
function preface({ quick, machine, cases }) {
  const days = [...new Set(cases.map(({ date }) => date.slice(0, 10)))].sort()
  const when = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0]
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0)
  return [
    `Measured on ${when} with Node ${machine.node} (V8 ${machine.v8}) on ${machine.system}: ${machine.cpu}, ${machine.cores} cores, ${format(machine.memory, 'bytes')} of memory${
      machine.load > machine.cores / 2
        ? `, which was busy with other things (load ${machine.load.toFixed(1)}): absolute figures are too high`
        : ''
    }. The cases took ${formatDuration(seconds)}.${
      quick ? ' **This was a quick run**: one process for each figure. Take it for an impression.' : ''
    }`,
    'Every case is the same code for all drivers. Each case runs with each driver in processes of their own, in turns, so that what the machine does meanwhile meets all of them alike. Shown are the median of all samples, their middle half, and the median divided by that of `isolates`. Drivers are used as their makers advise; [bench/README.md](../../bench/README.md) says how. Your machine has other figures: run them.',
    [
      '```sh',
      'npm run bench                                  # everything, in the terminal',
      'npm run bench -- --quick                       # a first impression, in two minutes',
      'npm run bench -- --plots                       # everything, and this page with its pictures',
      'npm run bench -- --plots --cases startup-100   # one case of it again',
      'npm run bench:plots                            # this page from results.json, without measuring',
      '```',
    ].join('\n'),
  ]
}

/** @param {Report} report */
function losses({ cases }) {
  const rows = cases.flatMap((each) => {
    const found = groupLosses(lossesOf(each, subjectOf(each), allDrivers))
    return found.map(([first, ...rest]) => {
      const group = [first, ...rest]
      const [least, most] = [Math.min, Math.max].map((pick) => formatRatio(pick(...group.map(({ ratio }) => ratio))))
      return [
        `[${each.name}](#${each.name})`,
        group.map(({ metric }) => metric).join('; '),
        first.ours,
        first.peer,
        least === most ? `${most}` : `${least} .. ${most}`,
      ]
    })
  })
  const text = `All figures of this run in which a peer is better than ours by more than ${Math.round((MARGIN - 1) * 100)} %. The reasons stand with the cases.`
  if (rows.length === 0)
    return ['## Where peers are better', `In no figure of this run by more than ${Math.round((MARGIN - 1) * 100)} %.`]
  return ['## Where peers are better', text, markdownTable(['case', 'figure', 'of ours', 'peer', 'better by'], rows)]
}

/** @param {Report} report */
function targets({ cases, machine }) {
  const rows = judge(cases, targetsOn(machine))
    .filter(({ verdict }) => verdict !== 'not measured')
    .map(({ text, bound, measured, verdict }) => [text, bound, measured, verdict === 'pass' ? 'reached' : '**missed**'])
  if (rows.length === 0) return []
  return [
    '## What we want to reach',
    'Bounds that we have set ourselves (`npm run bench -- --check`), and this run.',
    markdownTable(['figure', 'bound', 'measured', ''], rows),
  ]
}

/** @param {CaseReport} report @param {readonly { name: string, title: string }[]} pictures */
function caseSection(report, pictures) {
  const { name, title, failed, seconds } = report
  const bullets = [
    ...crossingsOf(report).map(({ text }) => `${text}.`),
    ...floorTexts(report, allDrivers),
    ...lossTexts(lossesOf(report, subjectOf(report), allDrivers)),
    ...Object.entries(failed).map(([driver, problem]) => `**${driver} failed**: ${problem.replaceAll('|', '\\|')}`),
  ]
  return [
    `### ${name}`,
    `${title}. \`npm run bench -- --cases ${name}\` takes ${formatDuration(seconds)}.`,
    ...pictures.map(({ name: file, title: text }) => picture('.', file, text)),
    ...(bullets.length > 0 ? [bullets.map((text) => `- ${text}`).join('\n')] : []),
    ...tablesOf(report).map(({ head, rows }) => markdownTable(head, rows)),
  ]
}

/** @param {Report} report */
function versions({ versions: all, missing }) {
  const rows = Object.entries(all).map(([name, version]) => [name, version])
  const left = Object.entries(missing).map(([name, why]) => [name, `left out: ${why}`])
  return ['## Versions', markdownTable(['driver', 'version'], [...rows, ...left])]
}

/** @param {CaseReport} report */
const subjectOf = ({ name }) => allCases.find((each) => each.name === name)

/**
 * One that is readable on light and on dark ground.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string} text what it shows
 */
export function picture(folder, name, text) {
  const alt = text.replaceAll('`', '').replaceAll('"', '&quot;')
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${folder}/${name}-dark.svg">`,
    `  <img alt="${alt}" src="${folder}/${name}.svg">`,
    '</picture>',
  ].join('\n')
}
