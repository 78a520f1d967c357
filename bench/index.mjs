import { cases as allCases } from './cases/index.mjs'
import { drivers as allDrivers } from './drivers/index.mjs'
import { machine } from './harness/machine.mjs'
import { install } from './harness/peers.mjs'
import { runAll } from './harness/session.mjs'
import { parse, select, usage } from './options.mjs'
import { check } from './report/check.mjs'
import { putCase, reportToAddTo, writeReport } from './report/file.mjs'
import { Progress } from './report/progress.mjs'
import { caseText, headline } from './report/text.mjs'
import { targetsOn } from './targets.mjs'

/** @typedef {import('./types.d.ts').Driver} Driver */

/**
 * @param {readonly Driver[]} drivers
 * @param {Progress} progress
 */
async function prepare(drivers, progress) {
  /** @type {Driver[]} */
  const ready = []
  /** @type {Record<string, string>} */
  const missing = {}
  /** @type {Record<string, string>} */
  const versions = {}
  for (const driver of drivers) {
    progress.show(0, `preparing ${driver.name}`)
    try {
      const problem = (driver.peer && (await install(driver.peer))) || driver.missing()
      if (problem) throw new Error(problem)
      versions[driver.name] = driver.version()
      ready.push(driver)
    } catch (error) {
      missing[driver.name] = error instanceof Error ? error.message : `${error}`
    }
  }
  progress.clear()
  return { ready, missing, versions }
}

/** @param {import('./options.mjs').Options} options */
async function main(options) {
  const cases = select(allCases, options.cases)
  const drivers = select(allDrivers, options.drivers)
  const print = options.json === '-' ? () => {} : console.log
  const progress = new Progress()

  const { ready, missing, versions } = await prepare(drivers, progress)
  /** @type {import('./types.d.ts').Report} */
  const fresh = {
    format: 2,
    date: new Date().toISOString(),
    quick: options.quick,
    machine: machine(),
    versions,
    missing,
    cases: [],
  }
  const file = options.json === '-' ? undefined : options.json
  const report = options.add && file ? reportToAddTo(file, fresh) : fresh
  print(headline(report.machine, versions))
  for (const [name, why] of Object.entries(missing)) print(`Without ${name}: ${why}`)

  const order = allCases.map(({ name }) => name)
  for await (const each of runAll(cases, ready, options, progress)) {
    putCase(report, each, order)
    // After each case: what stops this run later loses nothing of it.
    if (file) writeReport(file, report)
    print(`\n${caseText(each)}`)
  }

  if (options.json === '-') console.log(JSON.stringify(report, undefined, 2))
  if (options.plots) {
    const { drawAll } = await import('./plots/index.mjs')
    print(`\n${drawAll(report)}`)
  }
  if (options.check) {
    const { text, missed } = check(report.cases, targetsOn(report.machine))
    print(`\n${text}`)
    if (missed > 0) process.exitCode = 1
  }
}

try {
  const options = parse(process.argv.slice(2))
  if (options.help) {
    console.log(usage)
  } else if (options.list) {
    for (const { name, title } of allCases) console.log(`${name.padEnd(20)} ${title}`)
    console.log('')
    for (const { name, provides } of allDrivers) console.log(`${name.padEnd(20)} ${provides.join(', ')}`)
  } else {
    await main(options)
  }
} catch (error) {
  // A wrong option needs its message only; anything else is a fault of the harness.
  const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error)
  if (!(error instanceof RangeError) && !code.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exitCode = 2
}
