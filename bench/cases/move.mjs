import { now, repeat } from '../measure/clock.mjs'

/**
 * In one sample: so few that most samples see no collection. V8 collects a heap to which buffers of some tens of
 * megabytes have come, and it frees them then: that is what dropping them costs, at either end and with every driver, and
 * not what moving them does.
 */
const BUFFERS = 16
const sizes = { small: 2 ** 10, large: 2 ** 20 }

const make = (/** @type {number} */ size) => Array.from({ length: BUFFERS }, () => new ArrayBuffer(size))

/** @type {import('../types.d.ts').Case} */
export const move = {
  name: 'move',
  title: 'Bytes that are moved to a unit by transfer',
  needs: 'stream',
  rounds: { full: 3, quick: 0 },
  metrics: {
    small: { label: '1 KB', unit: 'seconds' },
    large: { label: '1 MB', unit: 'seconds' },
  },
  async run(field, budget) {
    const unit = await field.start()
    const stream = await /** @type {Required<typeof unit>} */ (unit).stream()
    /** @type {Record<string, number[]>} */
    const samples = {}
    for (const [name, size] of Object.entries(sizes)) {
      /** @type {number[]} */
      const times = []
      const sendAll = async (/** @type {ArrayBuffer[]} */ buffers) => {
        const arrived = stream.arrival(BUFFERS)
        for (const buffer of buffers) stream.send(buffer, [buffer])
        await arrived
      }
      const step = async () => {
        const buffers = make(size)
        // Whoever has just filled so much memory has nothing else left in the caches of its core.
        await sendAll(make(1))
        const begin = now()
        await sendAll(buffers)
        return (now() - begin) / BUFFERS
      }
      await repeat({ ...budget, milliseconds: budget.milliseconds / 2 }, 5, step, (seconds) => times.push(seconds))
      samples[name] = times
    }
    await unit.close()
    return samples
  },
}
