import { now, repeat } from '../measure/clock.mjs'
import { echo } from '../workloads/echo.mjs'

const CALLS = 5_000

/** @type {import('../types.d.ts').Case} */
export const sync = {
  name: 'sync-call',
  title: 'Call a function with a number and have it back on return',
  needs: 'sync',
  why: {
    'node:vm': 'It is a plain call on the same heap: no isolate is entered, and nothing is copied.',
  },
  metrics: { call: { label: 'per call', unit: 'seconds' } },
  async run(field, budget) {
    const unit = await field.start()
    const call = /** @type {Required<typeof unit>} */ (unit).loadSync(echo)
    /** @type {number[]} */
    const samples = []
    const step = async () => {
      const begin = now()
      for (let index = 0; index < CALLS; index += 1) call(index)
      return (now() - begin) / CALLS
    }
    await repeat(budget, 5, step, (seconds) => samples.push(seconds))
    await unit.close()
    return { call: samples }
  },
}
