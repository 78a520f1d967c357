import { now, repeat } from '../measure/clock.mjs'
import { makeBundle } from '../workloads/bundle.mjs'

const FRESH = 4

/** @type {import('../types.d.ts').Case} */
export const importing = {
  name: 'import',
  title: 'Import a bundle of 1 MB in fresh units, one after another',
  needs: 'import',
  metrics: {
    first: { label: 'in the first', unit: 'seconds' },
    next: { label: 'in those that follow', unit: 'seconds' },
  },
  async run(field, budget) {
    /** @type {number[]} */
    const first = []
    /** @type {number[]} */
    const next = []
    // Each bundle is one that nobody has compiled before, in other runs either.
    let salt = Date.now()
    const step = async () => {
      const bundle = makeBundle(salt++)
      const times = []
      for (let i = 0; i < FRESH; i++) {
        const unit = await /** @type {Required<typeof field>} */ (field).startWith(bundle)
        const begin = now()
        await /** @type {Required<typeof unit>} */ (unit).importIt()
        times.push(now() - begin)
        await unit.close()
      }
      return times
    }
    await repeat(budget, 3, step, ([time = 0, ...others]) => {
      first.push(time)
      next.push(...others)
    })
    return { first, next }
  },
}
