import { repeat } from '../measure/clock.mjs'
import { usage } from '../measure/memory.mjs'
import { makeTable } from '../workloads/table.mjs'

const UNITS = 8
const COUNT = 50_000

/** @type {import('../types.d.ts').Case} */
export const lookup = {
  name: 'lookup',
  title: `A table of 10 MB of JSON for ${UNITS} units, and names looked up in it at random`,
  needs: 'table',
  why: {
    'resident@lmdb': 'Its table is a file, of which only the pages that were read are in memory.',
    parsed:
      'A plain object in the heap of its reader is looked into without a call of the store. Each of the readers has the whole table for that: see the memory.',
  },
  metrics: {
    one: { label: 'a lookup, one unit at work', unit: 'seconds' },
    speedup: { label: 'two units at once, by one', unit: 'times' },
    resident: { label: `memory above ${UNITS} idle units`, unit: 'bytes' },
  },
  rounds: { full: 3, quick: 0 },
  flags: ['--expose-gc'],
  async run(field, budget) {
    const { publish } = /** @type {Required<typeof field>} */ (field)
    const units = []
    for (let started = 0; started < UNITS; started += 1) units.push(await field.start())
    let json = JSON.stringify(makeTable())
    const text = json.length
    const before = await usage([])
    await publish(json)
    // Nobody needs the text any more, which is no part of the table.
    json = ''
    const looks = []
    for (const unit of units) looks.push(await /** @type {Required<typeof unit>} */ (unit).table())
    for (const look of looks) await look(100)
    const after = await usage([])
    /** @type {number[]} */
    const one = []
    /** @type {number[]} */
    const speedup = []
    const step = async () => {
      const [first, second] = /** @type {[typeof looks[0], typeof looks[0]]} */ (looks)
      const alone = await first(COUNT)
      const [a, b] = await Promise.all([first(COUNT), second(COUNT)])
      return { alone, both: (a + b) / 2 }
    }
    await repeat(budget, 5, step, ({ alone, both }) => {
      one.push(alone)
      speedup.push((2 * alone) / both)
    })
    await Promise.all(units.map((unit) => unit.close()))
    return { one, speedup, resident: [after.resident - (before.resident - text)] }
  },
}
