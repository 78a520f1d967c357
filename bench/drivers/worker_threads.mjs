import { Worker } from 'node:worker_threads'
import { GUEST, messageUnit } from './messages.mjs'

function start() {
  const worker = new Worker(GUEST)
  return messageUnit({
    events: worker,
    send: (message) => worker.postMessage(message),
    stop: () => void worker.terminate(),
  })
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'worker_threads',
  provides: ['start', 'many', 'work', 'call'],
  missing: () => undefined,
  version: () => process.version,
  open: async () => ({ start, startAside: start }),
}
