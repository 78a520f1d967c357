import { now, repeat } from '../measure/clock.mjs'

/** A guest's clock tells milliseconds. */
const COUNT = 1_000_000
const value = { perMinute: 60, hosts: ['a', 'b'] }

/** @type {import('../types.d.ts').Case} */
export const hot = {
  name: 'hot-value',
  title: 'Read a value that has not changed',
  needs: 'store',
  rounds: { full: 3, quick: 0 },
  metrics: {
    host: { label: 'on the host', unit: 'seconds' },
    unit: { label: 'in a unit', unit: 'seconds' },
    map: { label: "host's time by a Map's", unit: 'times', better: 'less' },
  },
  async run(field, budget) {
    const store = /** @type {Required<typeof field>} */ (field).store()
    const unit = await field.start()
    await store.set('limits', value)
    const inside = await unit.hot?.('limits', COUNT)
    const map = new Map([['limits', value]])
    /** @param {(key: string) => unknown} get */
    const time = (get) => {
      let found = 0
      const begin = now()
      for (let i = 0; i < COUNT; i += 1) if (get('limits') !== undefined) found += 1
      if (found !== COUNT) throw new Error('The value is not there')
      return (now() - begin) / COUNT
    }
    /** @type {{ host: number[], unit: number[], map: number[] }} */
    const samples = { host: [], unit: [], map: [] }
    const step = async () => {
      const host = time((key) => store.get(key))
      const plain = time((key) => map.get(key))
      return { host, map: host / plain, unit: await inside?.() }
    }
    await repeat(budget, 5, step, (sample) => {
      samples.host.push(sample.host)
      samples.map.push(sample.map)
      if (sample.unit !== undefined) samples.unit.push(sample.unit)
    })
    await unit.close()
    return samples
  },
}
