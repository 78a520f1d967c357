import { once } from 'node:events'
import { BroadcastChannel, Worker } from 'node:worker_threads'

/** The count and the messages come by different ports, in no order that is promised. */
const SOURCE = `
const { parentPort, BroadcastChannel } = require('node:worker_threads')
let arrived = 0
let expected
const look = () => {
  if (arrived !== expected) return
  arrived = 0
  expected = undefined
  parentPort.postMessage('arrived')
}
parentPort.on('message', (count) => {
  expected = count
  look()
})
new BroadcastChannel('messages').onmessage = () => {
  arrived += 1
  look()
}
parentPort.postMessage('ready')`

async function start() {
  const worker = new Worker(SOURCE, { eval: true })
  await once(worker, 'message')
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
