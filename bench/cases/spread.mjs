import { now, repeat } from '../measure/clock.mjs'
import { usage } from '../measure/memory.mjs'

const RECEIVERS = 8
const LENGTH = 2 ** 20
/** Kept by each receiver while memory is measured. */
const KEPT = 16

/** A string of a megabyte that is no other's, in one piece. @param {number} number */
const text = (number) => Buffer.alloc(LENGTH, `${number} `).toString('latin1')

/** @type {import('../types.d.ts').Case} */
export const spread = {
  name: 'spread',
  title: `A string of 1 MB to ${RECEIVERS} units`,
  needs: 'spread',
  rounds: { full: 3, quick: 0 },
  metrics: {
    time: { label: 'until all have it', unit: 'seconds' },
    memory: { label: 'resident memory for each, kept by all', unit: 'bytes' },
  },
  flags: ['--expose-gc'],
  async run(field, budget) {
    const spreading = await /** @type {Required<typeof field>} */ (field).spread(RECEIVERS)
    /** @type {number[]} */
    const time = []
    let number = 0
    const step = async () => {
      const value = text(number++)
      const begin = now()
      await spreading.send(value)
      return now() - begin
    }
    await repeat(budget, 5, step, (seconds) => time.push(seconds))
    await spreading.keep(true)
    const before = await usage([])
    for (let kept = 0; kept < KEPT; kept += 1) await spreading.send(text(number++))
    const after = await usage([])
    await spreading.close()
    return { time, memory: [(after.resident - before.resident) / KEPT] }
  },
}
