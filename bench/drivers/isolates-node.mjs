import { missing, unit, version } from './isolates.mjs'
import { load } from './package.mjs'

/** @returns {Promise<import('../types.d.ts').Field>} */
async function open() {
  const { Channel, Isolate, SharedStore } = await load()
  const store = new SharedStore()
  const start = async () => {
    const isolate = new Isolate({ runtime: 'node' })
    await isolate.run('1')
    return unit(isolate, Channel, store)
  }
  return { start, startAside: start }
}

/** Isolates with all of Node: what worker threads are compared with. @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'isolates-node',
  role: 'ours',
  rivals: ['worker_threads', 'child_process'],
  provides: ['start', 'many', 'work', 'sync', 'call', 'stream'],
  missing,
  version,
  open,
}
