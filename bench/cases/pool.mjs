import { createRequire } from 'node:module'
import { now, repeat } from '../measure/clock.mjs'

const WORKERS = 2
const IN_FLIGHT = 64

/** @typedef {import('../types.d.ts').TaskPool} TaskPool */

/**
 * Has so many tasks done, always as many in flight.
 *
 * @param {TaskPool} pool
 * @param {number} count
 * @param {'empty' | 'small'} name
 * @param {unknown[]} args
 */
async function flood(pool, count, name, args) {
  let left = count
  const feed = async () => {
    while (left-- > 0) await pool.run(name, args)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, feed))
}

/** @param {import('../types.d.ts').Field} field */
const open = async (field) => {
  const pool = await /** @type {Required<typeof field>} */ (field).pool(WORKERS)
  // All workers are there, and have done something.
  await flood(pool, 1000, 'empty', [])
  return pool
}

/** @type {import('../types.d.ts').Case} */
export const poolEmpty = {
  name: 'pool-empty',
  title: `Empty tasks, ${IN_FLIGHT} in flight, ${WORKERS} workers`,
  needs: 'pool',
  metrics: { rate: { label: 'tasks', unit: 'per second' } },
  async run(field, budget) {
    const COUNT = 20_000
    const pool = await open(field)
    /** @type {number[]} */
    const rate = []
    const step = async () => {
      const begin = now()
      await flood(pool, COUNT, 'empty', [])
      return COUNT / (now() - begin)
    }
    await repeat(budget, 2, step, (value) => rate.push(value))
    await pool.close()
    return { rate }
  },
}

/** @type {import('../types.d.ts').Case} */
export const poolSingle = {
  name: 'pool-single',
  title: `Empty tasks, one at a time, ${WORKERS} workers`,
  needs: 'pool',
  metrics: { task: { label: 'one task', unit: 'seconds' } },
  rounds: { full: 3, quick: 0 },
  async run(field, budget) {
    const pool = await open(field)
    /** @type {number[]} */
    const task = []
    const step = async () => {
      const begin = now()
      await pool.run('empty', [])
      return now() - begin
    }
    await repeat(budget, 100, step, (value) => task.push(value))
    await pool.close()
    return { task }
  },
}

/** @type {import('../types.d.ts').Case} */
export const poolSmallTasks = {
  name: 'pool-small-tasks',
  title: `Tasks of about 50 µs, ${IN_FLIGHT} in flight, ${WORKERS} workers`,
  needs: 'pool',
  cores: 2,
  metrics: { speedup: { label: 'by the main thread alone', unit: 'times' } },
  rounds: { full: 3, quick: 0 },
  async run(field, budget) {
    const COUNT = budget.quick ? 2_000 : 8_000
    const { small } = createRequire(import.meta.url)('../workloads/tasks.cjs')
    const pool = await open(field)
    await flood(pool, COUNT, 'small', [1])
    /** @type {number[]} */
    const speedup = []
    const step = async () => {
      const begin = now()
      // The sum is looked at, so that no call is optimised away.
      let sum = 0
      for (let i = 0; i < COUNT; i++) sum += small(1)
      if (sum === 0) throw new Error('The tasks have computed nothing')
      const alone = now() - begin
      await flood(pool, COUNT, 'small', [1])
      return alone / (now() - begin - alone)
    }
    await repeat(budget, 2, step, (value) => speedup.push(value))
    await pool.close()
    return { speedup }
  },
}
