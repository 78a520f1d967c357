import { now } from '../measure/clock.mjs'
import { quantile } from '../measure/statistics.mjs'
import { CREW, handOut, loadInto, startOne } from '../measure/units.mjs'
import { spin, stepsPerMicrosecond } from '../workloads/spin.mjs'

/** What a task takes on this thread, in microseconds. */
const SIZES = [1, 10, 50, 100, 500, 1_000]
/** Tasks under way at each unit: one at work, and the next on its way. */
const DEPTH = 2
const BATCH = { full: 2_000, quick: 500 }
/** Microseconds of work in a batch, if there are not too many tasks in it then. */
const WORK = { full: 200_000, quick: 50_000 }

/** @param {number} size */
const label = (size) => `${size.toLocaleString('en')} µs`

/** @type {import('../types.d.ts').Case} */
export const smallTasks = {
  name: 'small-tasks',
  title: `Units that stay, ${DEPTH} tasks under way at each, on all cores`,
  needs: 'tasks',
  axis: { label: 'microseconds of work in a task', scale: 'log' },
  metrics: Object.fromEntries([
    ...SIZES.map((size) => [`rate-${size}`, { label: label(size), unit: 'per second', at: size, line: 'tasks' }]),
    ...SIZES.map((size) => [`p99-${size}`, { label: label(size), unit: 'seconds', at: size, line: 'p99 of a task' }]),
  ]),
  rounds: { full: 2, quick: 1 },
  async run(field, budget) {
    const length = budget.quick ? 'quick' : 'full'
    const perMicrosecond = stepsPerMicrosecond()
    const units = await Promise.all(Array.from({ length: CREW }, () => startOne(field)))
    const calls = await Promise.all(units.map((unit) => loadInto(unit, spin)))
    /** @type {Record<string, number[]>} */
    const samples = {}
    for (const size of SIZES) {
      const steps = Math.round(size * perMicrosecond)
      /** @type {number[]} */
      const times = []
      const workers = calls.flatMap((call) =>
        Array.from({ length: DEPTH }, () => async () => {
          const begin = now()
          await call(steps)
          times.push(now() - begin)
        }),
      )
      const count = Math.max(100, Math.min(BATCH[length], Math.round(WORK[length] / size)))
      const batch = async () => {
        times.length = 0
        const begin = now()
        await handOut(Array(count).fill(steps), workers)
        return count / (now() - begin)
      }
      await batch()
      const end = now() + budget.milliseconds / 1000 / SIZES.length
      /** @type {number[]} */
      const rates = []
      /** @type {number[]} */
      const tails = []
      do {
        rates.push(await batch())
        tails.push(
          quantile(
            [...times].sort((a, b) => a - b),
            0.99,
          ),
        )
      } while (now() < end)
      samples[`rate-${size}`] = rates
      samples[`p99-${size}`] = tails
    }
    await Promise.all(units.map((unit) => unit.close()))
    return samples
  },
}
