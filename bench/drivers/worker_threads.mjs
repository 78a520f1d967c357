import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { GUEST, messageUnit } from './messages.mjs'
import { conversations } from './worker-ports.mjs'

const SINK = new URL('./sink.cjs', import.meta.url)

async function start() {
  const worker = new Worker(GUEST)
  const unit = await messageUnit({
    events: worker,
    send: (message) => worker.postMessage(message),
    stop: () => void worker.terminate(),
  })
  return Object.assign(unit, { stream })
}

/** A worker of its own: nothing is in the way of its messages. */
async function stream() {
  const worker = new Worker(SINK)
  worker.unref()
  await once(worker, 'online')
  return {
    /** @param {number} count */
    arrival(count) {
      worker.postMessage(count)
      return once(worker, 'message')
    },
    /** @param {unknown} value @param {ArrayBuffer[]} [transfer] */
    send: (value, transfer) => worker.postMessage(value, transfer),
  }
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'worker_threads',
  provides: ['start', 'many', 'lives', 'tasks', 'work', 'call', 'stream', 'feed', 'between', 'talk', 'spread'],
  missing: () => undefined,
  version: () => process.version,
  open: async () => ({ start, startAside: start, ...conversations }),
}
