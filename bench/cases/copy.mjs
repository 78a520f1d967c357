import { now, repeat } from '../measure/clock.mjs'
import { records } from '../workloads/table.mjs'

/** @type {import('../types.d.ts').Case} */
export const copy = {
  name: 'copy-records',
  title: '1,000 records of 6 fields into a form outside of the heap, and out of it again',
  needs: 'copy',
  rounds: { full: 3, quick: 0 },
  why: {
    'write@structured-clone':
      'What goes into a store is made to be looked into and read by many: counted nodes and their shapes instead of one stretch of bytes.',
  },
  metrics: {
    both: { label: 'both ways', unit: 'seconds' },
    write: { label: 'in', unit: 'seconds' },
    read: { label: 'out', unit: 'seconds' },
  },
  async run(field, budget) {
    const { write, read } = await /** @type {Required<typeof field>} */ (field).copy()
    /** @type {Record<'both' | 'write' | 'read', number[]>} */
    const samples = { both: [], write: [], read: [] }
    const step = async () => {
      const begin = now()
      const form = write(records)
      const between = now()
      const out = read(form)
      const end = now()
      if (out?.length !== records.length) throw new Error('They did not come back')
      return { both: end - begin, write: between - begin, read: end - between }
    }
    await repeat(budget, 20, step, (sample) => {
      samples.both.push(sample.both)
      samples.write.push(sample.write)
      samples.read.push(sample.read)
    })
    return samples
  },
}
