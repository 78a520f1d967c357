import { setTimeout } from 'node:timers/promises'
import { usage } from '../measure/memory.mjs'
import { lighterUnits } from './why.mjs'

/** Units that are measured together: pages and collections make single ones uneven. */
const GROUP = 20
/** Milliseconds after which a unit counts as idle: some give memory back only then. */
const REST = 500

/** @type {import('../types.d.ts').Case} */
export const memory = {
  name: 'memory',
  title: 'Memory of one more idle unit, its own processes included',
  needs: 'many',
  why: {
    ...lighterUnits,
    'isolates-node/worker_threads':
      'An isolate with all of Node is a worker thread with channels, stores and limits of ours added: it cannot take less.',
  },
  metrics: {
    proportional: { label: 'proportional set', unit: 'bytes' },
    resident: { label: 'resident set', unit: 'bytes' },
  },
  rounds: { full: 3, quick: 0 },
  flags: ['--expose-gc'],
  async run(field) {
    /** @type {import('../types.d.ts').Unit[]} */
    const units = []
    /** @type {number[]} */
    const proportional = []
    /** @type {number[]} */
    const resident = []
    const measure = () => usage(units.flatMap(({ pid }) => pid ?? []))
    const grow = async () => {
      for (let added = 0; added < GROUP; added += 1) units.push(await field.start())
      await setTimeout(REST)
    }

    // The first group pays for what all share: thread pools, caches, the snapshot.
    await grow()
    let before = await measure()
    for (let groups = 0; groups < 3; groups += 1) {
      await grow()
      const after = await measure()
      proportional.push((after.proportional - before.proportional) / GROUP)
      resident.push((after.resident - before.resident) / GROUP)
      before = after
    }
    await Promise.all(units.map((unit) => unit.close()))
    // What a system does not tell is not a number.
    return { proportional: proportional.filter(Number.isFinite), resident: resident.filter(Number.isFinite) }
  },
}
