import { now, repeat } from '../measure/clock.mjs'
import { pi } from '../workloads/pi.mjs'

const DECIMALS = 1_000

/** @type {import('../types.d.ts').Case} */
export const scaling = {
  name: 'scaling',
  title: 'Two units at once, compared with one',
  needs: 'call',
  cores: 2,
  rounds: { full: 3, quick: 0 },
  metrics: { speedup: { label: 'work done in the same time', unit: 'times' } },
  async run(field, budget) {
    const units = [await field.start(), await field.start()]
    const calls = await Promise.all(units.map((unit) => /** @type {Required<typeof unit>} */ (unit).load(pi)))
    /** @param {typeof calls} busy */
    const time = async (busy) => {
      const begin = now()
      await Promise.all(busy.map((call) => call(DECIMALS)))
      return now() - begin
    }
    /** @type {number[]} */
    const speedup = []
    const step = async () => ({ one: await time(calls.slice(0, 1)), two: await time(calls) })
    await repeat(budget, 5, step, ({ one, two }) => speedup.push((2 * one) / two))
    await Promise.all(units.map((unit) => unit.close()))
    return { speedup }
  },
}
