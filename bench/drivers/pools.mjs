import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const tasks = fileURLToPath(new URL('../workloads/tasks.cjs', import.meta.url))
const workerpoolTasks = fileURLToPath(new URL('../workloads/workerpool-tasks.cjs', import.meta.url))

/**
 * A peer that is a pool of worker threads.
 *
 * @param {string} name
 * @param {(load: () => Promise<any>, workers: number) => Promise<import('../types.d.ts').TaskPool>} pool
 * @returns {import('../types.d.ts').Driver}
 */
function poolDriver(name, pool) {
  const folder = new URL(`../peers/${name}/`, import.meta.url)
  const load = () => import(pathToFileURL(createRequire(folder).resolve(name)).href)
  return {
    name,
    provides: ['pool'],
    peer: name,
    missing: () => undefined,
    version: () => JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).dependencies[name],
    open: async () => ({
      start: () => {
        throw new Error(`${name} has no units but those of its pools`)
      },
      pool: (workers) => pool(load, workers),
    }),
  }
}

export const piscina = poolDriver('piscina', async (load, workers) => {
  const { default: peer } = await load()
  const { Piscina } = peer
  // With as many tasks queued in each worker as keep it busy, as its makers advise for small ones.
  const pool = new Piscina({ filename: tasks, minThreads: workers, maxThreads: workers, concurrentTasksPerWorker: 2 })
  return {
    run: (name, args) => pool.run(args[0], { name }),
    close: () => pool.destroy(),
  }
})

export const tinypool = poolDriver('tinypool', async (load, workers) => {
  const { Tinypool } = await load()
  const pool = new Tinypool({
    filename: tasks,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 2,
  })
  return {
    run: (name, args) => pool.run(args[0], { name }),
    close: () => pool.destroy(),
  }
})

export const workerpool = poolDriver('workerpool', async (load, workers) => {
  const { pool: make } = (await load()).default
  const pool = make(workerpoolTasks, { minWorkers: workers, maxWorkers: workers, workerType: 'thread' })
  return {
    run: (name, args) => pool.exec(name, args),
    close: () => pool.terminate(),
  }
})
