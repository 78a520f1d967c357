import { now } from '../measure/clock.mjs'
import { CREW, loadInto, startOne } from '../measure/units.mjs'
import { pi } from '../workloads/pi.mjs'

const DECIMALS = 700
/** One unit, then twice as many, up to twice the cores. */
const COUNTS = Array.from({ length: Math.ceil(Math.log2(CREW)) + 2 }, (_, power) => 2 ** power)

/** @type {import('../types.d.ts').Case} */
export const cores = {
  name: 'cores',
  title: `Pi to ${DECIMALS} decimals in several units at once, by one of them alone, on ${CREW} cores`,
  needs: 'tasks',
  axis: { label: 'units at work', scale: 'log' },
  metrics: Object.fromEntries(
    COUNTS.map((count) => [`units-${count}`, { label: `${count}`, unit: 'times', at: count }]),
  ),
  cores: 2,
  rounds: { full: 2, quick: 1 },
  async run(field, budget) {
    const units = await Promise.all(Array.from({ length: COUNTS.at(-1) ?? 1 }, () => startOne(field)))
    const calls = await Promise.all(units.map((unit) => loadInto(unit, pi)))
    /** @param {number} count */
    const rate = async (count) => {
      const begin = now()
      await Promise.all(calls.slice(0, count).map((call) => call(DECIMALS)))
      return count / (now() - begin)
    }
    for (const call of calls) await call(DECIMALS)
    /** @type {Record<string, number[]>} */
    const samples = Object.fromEntries(COUNTS.map((count) => [`units-${count}`, []]))
    const end = now() + budget.milliseconds / 1000
    do {
      const alone = await rate(1)
      for (const count of COUNTS) samples[`units-${count}`]?.push((await rate(count)) / alone)
    } while (now() < end)
    await Promise.all(units.map((unit) => unit.close()))
    return samples
  },
}
