// Pi to 2000 decimals, ten times: on this thread, in isolates, in worker threads and in processes. Each of the three is
// used through its driver of the benchmarks, see bench/drivers.
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { driver as processes } from '../bench/drivers/child_process.mjs'
import { driver as isolates } from '../bench/drivers/isolates.mjs'
import { driver as threads } from '../bench/drivers/worker_threads.mjs'
import { now } from '../bench/measure/clock.mjs'
import { usage } from '../bench/measure/memory.mjs'
import { median } from '../bench/measure/statistics.mjs'
import { format, formatRatio } from '../bench/report/format.mjs'
import { Progress } from '../bench/report/progress.mjs'
import { table } from '../bench/report/table.mjs'
import { pi } from '../bench/workloads/pi.mjs'

const UNITS = 10
const DECIMALS = 2_000
const SHA256 = '0b7980ab9005cc94e83351b2e5593b3c3f363a67452526d756243e344d6cb842'

/** @typedef {import('../bench/types.d.ts').Field} Field */
/** @typedef {{ model: string, wall: number, startup: number, memory: number }} Row seconds and bytes */

const progress = new Progress()
let done = 0

/** @param {string} text */
function advance(text) {
  done += 1
  // Ten results of the inline run, and ten starts and ten results of each of the three others.
  progress.show(done / (UNITS * 7), text)
}

/** @param {string} text */
function verify(text) {
  const sum = createHash('sha256').update(text).digest('hex')
  if (sum !== SHA256) throw new Error(`These are not the decimals of pi: ${text.slice(0, 20)}...`)
}

/** @returns {Promise<Row>} */
async function inline() {
  const begin = now()
  for (let count = 1; count <= UNITS; count += 1) {
    verify(pi(DECIMALS))
    advance(`inline: ${count} of ${UNITS} computed`)
    await turn()
  }
  return { model: 'inline', wall: now() - begin, startup: Number.NaN, memory: Number.NaN }
}

/**
 * @param {string} model
 * @param {Field} field
 */
async function measureUnits(model, field) {
  // The first one pays for what all share, and stays out of the figures.
  const units = [await field.start()]
  const memory = async () => {
    const { proportional, resident } = await usage(units.flatMap(({ pid }) => pid ?? []))
    return proportional || resident
  }
  const before = await memory()
  const seconds = []
  for (let count = 1; count <= UNITS; count += 1) {
    const begin = now()
    units.push(await field.start())
    seconds.push(now() - begin)
    advance(`${model}: ${count} of ${UNITS} started`)
  }
  const after = await memory()
  await Promise.all(units.map((unit) => unit.close()))
  return { startup: median(seconds), memory: (after - before) / UNITS }
}

/**
 * @param {string} model
 * @param {import('../bench/types.d.ts').Driver} driver
 * @returns {Promise<Row>}
 */
async function parallel(model, driver) {
  const field = await driver.open()
  const figures = await measureUnits(model, field)
  let count = 0
  const life = async () => {
    const unit = await /** @type {Required<Field>} */ (field).startAside()
    const work = await /** @type {Required<typeof unit>} */ (unit).load(pi)
    verify(await work(DECIMALS))
    await unit.close()
    count += 1
    advance(`${model}: ${count} of ${UNITS} computed`)
  }
  const begin = now()
  await Promise.all(Array.from({ length: UNITS }, life))
  return { model, wall: now() - begin, ...figures }
}

console.log(`Pi to ${DECIMALS} decimals, ${UNITS} times, on ${availableParallelism()} cores, Node ${process.version}\n`)
const rows = [
  await inline(),
  await parallel('isolates', isolates),
  await parallel('worker threads', threads),
  await parallel('processes', processes),
]
progress.clear()

const [alone, ours, theirs] = rows
console.log(
  table(
    ['', 'wall time', 'speed-up', 'start-up of one', 'memory of one'],
    rows.map(({ model, wall, startup, memory }) => [
      model,
      format(wall, 'seconds'),
      formatRatio((alone?.wall ?? Number.NaN) / wall),
      format(startup, 'seconds'),
      format(memory, 'bytes'),
    ]),
  ),
)
if (ours && theirs) {
  const faster = formatRatio(theirs.startup / ours.startup)
  const lighter = formatRatio(theirs.memory / ours.memory)
  console.log(`\nAn isolate starts ${faster} as fast as a worker thread, which takes ${lighter} its memory.`)
}
console.log(`All ${rows.length * UNITS} results are the decimals of pi (the last ten are ${pi(DECIMALS).slice(-10)}).`)
