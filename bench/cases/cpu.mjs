import { now, repeat } from '../measure/clock.mjs'
import { pi } from '../workloads/pi.mjs'

const DECIMALS = 1_000

/** @type {import('../types.d.ts').Case} */
export const cpu = {
  name: 'cpu',
  title: `Compute pi to ${DECIMALS.toLocaleString('en')} decimals in a unit and on the host, in turns`,
  needs: 'work',
  rounds: { full: 3, quick: 0 },
  metrics: {
    ratio: { label: "unit's time by the host's", unit: 'times', better: 'less' },
    unit: { label: 'in the unit', unit: 'seconds' },
  },
  async run(field, budget) {
    const unit = await field.start()
    const guest = unit.load ? await unit.load(pi) : unit.loadSync?.(pi)
    if (!guest) throw new Error('The driver cannot run a function')
    /** @param {(decimals: number) => Promise<string> | string} work */
    const time = async (work) => {
      const begin = now()
      await work(DECIMALS)
      return now() - begin
    }
    /** @type {number[]} */
    const ratio = []
    /** @type {number[]} */
    const seconds = []
    const step = async () => ({ host: await time(pi), guest: await time(guest) })
    await repeat(budget, 5, step, (sample) => {
      ratio.push(sample.guest / sample.host)
      seconds.push(sample.guest)
    })
    await unit.close()
    return { ratio, unit: seconds }
  },
}
