import { now } from '../measure/clock.mjs'
import { loadInto, startOne } from '../measure/units.mjs'
import { pi } from '../workloads/pi.mjs'

const UNITS = 10
const DECIMALS = 2_000

/** @type {import('../types.d.ts').Case} */
export const piUnits = {
  name: 'pi-units',
  title: `Pi to ${DECIMALS.toLocaleString('en')} decimals in ${UNITS} units at once, started for it and closed after it`,
  needs: 'tasks',
  metrics: { time: { label: 'start to end', unit: 'seconds' } },
  rounds: { full: 3, quick: 1 },
  async run(field, { quick }) {
    const life = async () => {
      const unit = await startOne(field)
      const work = await loadInto(unit, pi)
      await work(DECIMALS)
      await unit.close()
    }
    if (!quick) await life()
    /** @type {number[]} */
    const time = []
    for (let run = 0; run < (quick ? 1 : 3); run += 1) {
      const begin = now()
      await Promise.all(Array.from({ length: UNITS }, life))
      time.push(now() - begin)
    }
    return { time }
  },
}
