import { now, repeat } from '../measure/clock.mjs'

/** In one sample. */
const MESSAGES = 200_000

/** @type {import('../types.d.ts').Case} */
export const between = {
  name: 'between',
  title: `${MESSAGES.toLocaleString('en')} numbers from one unit to another, until the last has arrived`,
  needs: 'between',
  metrics: { rate: { label: 'messages', unit: 'per second' } },
  cores: 2,
  async run(field, budget) {
    const flow = await /** @type {Required<typeof field>} */ (field).between()
    /** @type {number[]} */
    const rate = []
    const step = async () => {
      const begin = now()
      await flow.run(MESSAGES)
      return MESSAGES / (now() - begin)
    }
    await repeat(budget, 3, step, (value) => rate.push(value))
    await flow.close()
    return { rate }
  },
}
