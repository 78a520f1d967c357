import { writeFileSync } from 'node:fs'
import { cases as allCases } from './cases/index.mjs'
import { drivers as allDrivers } from './drivers/index.mjs'
import { machine } from './harness/machine.mjs'
import { install } from './harness/peers.mjs'
import { runAll } from './harness/session.mjs'
import { parse, select, usage } from './options.mjs'
import { check } from './report/check.mjs'
import { Progress } from './report/progress.mjs'
import { caseText, headline } from './report/text.mjs'
import { targets } from './targets.mjs'

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
  for (const driver of drivers) {
    progress.show(0, `preparing ${driver.name}`)
    const problem = (driver.peer && (await install(driver.peer))) || driver.missing()
    if (problem) missing[driver.name] = problem
    else ready.push(driver)
  }
  progress.clear()
  return { ready, missing }
}

/** @param {import('./options.mjs').Options} options */
async function main(options) {
  const cases = select(allCases, options.cases)
  const drivers = select(allDrivers, options.drivers)
  const print = options.json === '-' ? () => {} : console.log
  const progress = new Progress()

  const { ready, missing } = await prepare(drivers, progress)
  /** @type {import('./types.d.ts').Report} */
  const report = {
    format: 1,
    date: new Date().toISOString(),
    quick: options.quick,
    machine: machine(),
    versions: Object.fromEntries(ready.map((driver) => [driver.name, driver.version()])),
    missing,
    cases: [],
  }
  print(headline(report.machine, report.versions))
  for (const [name, why] of Object.entries(missing)) print(`Without ${name}: ${why}`)

  for await (const each of runAll(cases, ready, options.quick, progress)) {
    report.cases.push(each)
    print(`\n${caseText(each)}`)
  }

  if (options.json === '-') console.log(JSON.stringify(report, undefined, 2))
  else if (options.json) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`)
  if (options.check) {
    const { text, missed } = check(report.cases, targets)
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
