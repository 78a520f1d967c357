import { now, repeat } from '../measure/clock.mjs'
import { payloads } from '../workloads/payloads.mjs'

/** @type {import('../types.d.ts').Case} */
export const oneWay = {
  name: 'one-way',
  title: 'Messages from the host to a unit, until the last has arrived',
  needs: 'stream',
  rounds: { full: 3, quick: 0 },
  metrics: Object.fromEntries(payloads.map(({ name, label }) => [name, { label, unit: 'per second' }])),
  async run(field, budget) {
    /** @type {Record<string, number[]>} */
    const samples = {}
    for (const { name, count, value } of payloads) {
      /** @type {number[]} */
      const rates = []
      const unit = await field.start()
      const stream = await /** @type {Required<typeof unit>} */ (unit).stream()
      const step = async () => {
        const begin = now()
        const arrived = stream.arrival(count)
        for (let sent = 0; sent < count; sent += 1) stream.send(value)
        await arrived
        return count / (now() - begin)
      }
      await repeat({ ...budget, milliseconds: budget.milliseconds / payloads.length }, 3, step, (rate) =>
        rates.push(rate),
      )
      await unit.close()
      samples[name] = rates
    }
    return samples
  },
}
