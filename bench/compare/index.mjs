// Tells a new build from an old one: node bench/compare/index.mjs <old> [<new>] --cases <names>
import { parseArgs } from 'node:util'
import { cases as allCases } from '../cases/index.mjs'
import { drivers as allDrivers } from '../drivers/index.mjs'
import { measure } from '../harness/process.mjs'
import { median } from '../measure/statistics.mjs'
import { select } from '../options.mjs'
import { format } from '../report/format.mjs'
import { Progress } from '../report/progress.mjs'
import { table } from '../report/table.mjs'
import { build } from './builds.mjs'
import { fewest } from './signed-rank.mjs'
import { each, judge } from './verdict.mjs'

const usage = `Usage: npm run bench:compare -- <old> [<new>] --cases a,b [options]

A build is a commit, a folder with a checkout, or a file with an addon; the new one is this checkout unless it is named.

  --cases a,b        what to measure
  --driver x         with which driver; isolates when not given
  --pairs n          processes of each build, 20 when not given
  --milliseconds n   time for samples in each process, 300 when not given
  --confidence p     that all statements of a case hold together, 0.95 when not given
  --check            exit code 1 when a figure is worse
  --help`

/** @typedef {import('./builds.mjs').Build} Build */

/** @param {readonly string[]} args */
function parse(args) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      cases: { type: 'string' },
      driver: { type: 'string', default: 'isolates' },
      pairs: { type: 'string', default: '20' },
      milliseconds: { type: 'string', default: '300' },
      confidence: { type: 'string', default: '0.95' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const [old, fresh = '.', ...rest] = positionals
  if (old === undefined || rest.length > 0) throw new RangeError('One or two builds have to be named')
  if (values.cases === undefined)
    throw new RangeError(`--cases is missing; there are ${allCases.map(({ name }) => name).join(', ')}`)
  const [pairs, milliseconds, confidence] = [values.pairs, values.milliseconds, values.confidence].map(Number)
  if (!pairs || !Number.isInteger(pairs) || pairs < 1)
    throw new RangeError('--pairs has to be a whole number above zero')
  if (!milliseconds || !(milliseconds > 0)) throw new RangeError('--milliseconds has to be a number above zero')
  if (!confidence || !(confidence > 0 && confidence < 1)) throw new RangeError('--confidence has to be between 0 and 1')
  const [driver] = select(allDrivers, [values.driver])
  const cases = select(allCases, values.cases.split(','))
  const unable = cases.find(({ needs }) => !driver?.provides.includes(needs))
  if (!driver || unable) throw new RangeError(`${values.driver} cannot do the case ${unable?.name}`)
  return { old, fresh, cases, driver, pairs, milliseconds, confidence, check: values.check }
}

/**
 * Pairs of processes, one of each build right after the other. Who goes first changes from pair to pair, so that a machine that becomes
 * slower or faster meanwhile favours neither.
 *
 * @param {import('../types.d.ts').Case} subject
 * @param {import('../types.d.ts').Driver} driver
 * @param {readonly [Build, Build]} builds
 * @param {{ pairs: number, milliseconds: number }} plan
 * @param {Progress} progress
 * @returns {Promise<{ pairs: Record<string, [number, number][]>, problems: string[] }>} of each metric the medians of the processes
 */
async function measurePairs(subject, driver, builds, plan, progress) {
  const budget = { quick: true, milliseconds: plan.milliseconds }
  /** @type {Record<string, [number, number][]>} */
  const pairs = {}
  /** @type {string[]} */
  const problems = []
  for (let pair = 0; pair < plan.pairs; pair += 1) {
    progress.show(pair / plan.pairs, `${subject.name}, pair ${pair + 1} of ${plan.pairs}`)
    /** @type {import('../types.d.ts').Samples[]} */
    const both = [{}, {}]
    for (const place of pair % 2 === 0 ? [0, 1] : [1, 0]) {
      const one = /** @type {Build} */ (builds[place])
      const { samples = {}, problem } = await measure(subject, driver, budget, one.environment)
      if (problem) problems.push(`${one.name}, pair ${pair + 1}: ${problem}`)
      both[place] = samples
    }
    for (const metric of Object.keys(subject.metrics)) {
      const [old, fresh] = both.map((samples) => median(samples[metric] ?? []))
      // A figure of zero, or none, says nothing about a ratio.
      if (old && fresh && old > 0 && fresh > 0) pairs[metric] = [...(pairs[metric] ?? []), [old, fresh]]
    }
  }
  progress.clear()
  return { pairs, problems }
}

/** @param {number} ratio */
const percent = (ratio) => `${ratio >= 1 ? '+' : '−'}${(Math.abs(ratio - 1) * 100).toFixed(1)} %`

/** @param {NonNullable<ReturnType<typeof parse>>} options */
async function main({ old, fresh, cases, driver, confidence, check, ...plan }) {
  const builds = /** @type {const} */ ([build(old), build(fresh)])
  console.log(`old: ${builds[0].name}\nnew: ${builds[1].name}\nNode ${process.version}, driver ${driver.name}`)
  for (const subject of cases) {
    const names = Object.keys(subject.metrics)
    const certainty = each(confidence, names.length)
    const least = fewest(certainty)
    if (plan.pairs < least)
      throw new RangeError(`${subject.name} needs --pairs ${least} at least, for the confidence asked for`)
  }
  let worse = 0
  for (const subject of cases) {
    const { pairs, problems } = await measurePairs(subject, driver, builds, plan, new Progress())
    const measured = Object.entries(subject.metrics).filter(([name]) => pairs[name])
    const certainty = each(confidence, measured.length)
    const rows = measured.map(([name, metric]) => {
      const own = pairs[name] ?? []
      const [before, after] = [0, 1].map((place) =>
        format(median(own.map((pair) => pair[place] ?? Number.NaN)), metric.unit),
      )
      const label = [metric.line, metric.label].filter(Boolean).join(', ')
      if (own.length < fewest(certainty)) return [label, `${before}`, `${after}`, '', '', `only ${own.length} pairs`]
      const { ratio, low, high, text } = judge(own, metric, certainty)
      if (text === 'worse') worse += 1
      return [label, `${before}`, `${after}`, percent(ratio), `${percent(low)} .. ${percent(high)}`, text]
    })
    console.log(`\n${subject.name}: ${subject.title}`)
    console.log(table(['median of processes', 'old', 'new', 'change', `interval, ${confidence * 100} %`, ''], rows))
    for (const problem of problems) console.log(`  ${problem}`)
  }
  if (check && worse > 0) process.exitCode = 1
}

try {
  const options = parse(process.argv.slice(2))
  if (options) await main(options)
  else console.log(usage)
} catch (error) {
  const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error)
  if (!(error instanceof RangeError) && !code.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exitCode = 2
}
