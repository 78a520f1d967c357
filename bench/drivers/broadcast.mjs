import { once } from 'node:events'
import { BroadcastChannel, Worker } from 'node:worker_threads'

const SOURCE = `
const { parentPort, BroadcastChannel } = require('node:worker_threads')
let left = 0
parentPort.on('message', (count) => { left = count })
new BroadcastChannel('messages').onmessage = () => {
  if (--left === 0) parentPort.postMessage('arrived')
}`

async function start() {
  const worker = new Worker(SOURCE, { eval: true })
  await once(worker, 'online')
  const channel = new BroadcastChannel('messages')
  return {
    stream: async () => ({
      /** @param {number} count */
      arrival(count) {
        worker.postMessage(count)
        return once(worker, 'message')
      },
      /** @param {unknown} value */
      send: (value) => channel.postMessage(value),
    }),
    async close() {
      channel.close()
      await worker.terminate()
    },
  }
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'BroadcastChannel',
  provides: ['feed'],
  missing: () => undefined,
  version: () => process.version,
  open: async () => ({ start }),
}
