import { totalmem } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { usage } from '../measure/memory.mjs'
import { lighterUnits } from './why.mjs'

const COUNTS = [1, 10, 100, 1_000]
/** Milliseconds after which a unit counts as idle: some give memory back only then. */
const REST = 500
/** No driver is let further than this. In bytes. */
const MOST = Math.max(2 ** 30, totalmem() / 4)

/** @type {import('../types.d.ts').Case} */
export const memoryUnits = {
  name: 'memory-units',
  title: 'Memory of idle units that are alive at once, proportional set, their own processes included',
  needs: 'many',
  why: {
    ...lighterUnits,
    'isolates-node/worker_threads':
      'An isolate with all of Node is a worker thread with channels, stores and limits of ours added: it cannot take less.',
  },
  axis: { label: 'units', scale: 'log' },
  metrics: Object.fromEntries(
    COUNTS.map((count) => [`units-${count}`, { label: count.toLocaleString('en'), unit: 'bytes', at: count }]),
  ),
  rounds: { full: 1, quick: 0 },
  flags: ['--expose-gc'],
  async run(field) {
    /** @type {import('../types.d.ts').Unit[]} */
    const units = []
    /** @type {Record<string, number[]>} */
    const samples = {}
    const measure = async () => {
      const { proportional, resident } = await usage(units.flatMap(({ pid }) => pid ?? []))
      return proportional || resident
    }
    // What the first one makes for all is not a unit's.
    await (await field.start()).close()
    const before = await measure()
    let each = 0
    for (const count of COUNTS) {
      if (each * count > MOST) break
      while (units.length < count) units.push(await field.start())
      await setTimeout(REST)
      const taken = (await measure()) - before
      samples[`units-${count}`] = [taken]
      each = taken / count
    }
    for (const unit of units) await unit.close()
    return samples
  },
}
