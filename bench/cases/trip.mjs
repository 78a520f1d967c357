import { now, repeat, sleep } from '../measure/clock.mjs'
import { echo } from '../workloads/echo.mjs'

/** Long enough for every thread and core in the way to fall asleep. */
const PAUSE = 5

/** @type {import('../types.d.ts').Case} */
export const trip = {
  name: 'round-trip',
  title: 'Call a function with a number without blocking, and await it',
  needs: 'call',
  metrics: {
    awake: { label: 'back to back', unit: 'seconds' },
    idle: { label: `after ${PAUSE} ms of rest`, unit: 'seconds' },
  },
  async run(field, budget) {
    const unit = await field.start()
    const call = await /** @type {Required<typeof unit>} */ (unit).load(echo)
    const half = { ...budget, milliseconds: budget.milliseconds / 2 }
    const time = async () => {
      const begin = now()
      await call(1)
      return now() - begin
    }
    /** @type {number[]} */
    const awake = []
    await repeat(half, 100, time, (seconds) => awake.push(seconds))
    /** @type {number[]} */
    const idle = []
    const rested = async () => {
      await sleep(PAUSE)
      return time()
    }
    await repeat(half, 20, rested, (seconds) => idle.push(seconds))
    await unit.close()
    return { awake, idle }
  },
}
