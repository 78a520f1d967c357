import { now, repeat } from '../measure/clock.mjs'
import { echo } from '../workloads/echo.mjs'

const CALLS = 100_000

/** @type {import('../types.d.ts').Case} */
export const pipelined = {
  name: 'pipelined',
  title: `${CALLS.toLocaleString('en')} calls in flight at once`,
  needs: 'call',
  metrics: { rate: { label: 'calls', unit: 'per second' } },
  async run(field, budget) {
    const unit = await field.start()
    const call = await /** @type {Required<typeof unit>} */ (unit).load(echo)
    /** @type {number[]} */
    const rate = []
    const step = async () => {
      const begin = now()
      const calls = Array.from({ length: CALLS }, (_, index) => call(index))
      const values = await Promise.all(calls)
      const seconds = now() - begin
      if (values.at(-1) !== CALLS - 1) throw new Error('The replies are not in order')
      return CALLS / seconds
    }
    await repeat(budget, budget.quick ? 1 : 2, step, (value) => rate.push(value))
    await unit.close()
    return { rate }
  },
}
