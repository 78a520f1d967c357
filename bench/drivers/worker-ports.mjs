import { once } from 'node:events'
import { BroadcastChannel, MessageChannel, Worker } from 'node:worker_threads'

/** @param {string} source @param {import('node:worker_threads').WorkerOptions} [options] */
async function start(source, options) {
  const worker = new Worker(source, { ...options, eval: true })
  await once(worker, 'online')
  return worker
}

const ports = "const { parentPort, workerData, BroadcastChannel } = require('node:worker_threads');"

/**
 * How worker threads talk to each other and to the host.
 *
 * @type {Pick<Required<import('../types.d.ts').Field>, 'between' | 'talk' | 'spread'>}
 */
export const conversations = {
  async between() {
    const { port1, port2 } = new MessageChannel()
    const sender = await start(
      `${ports} parentPort.on('message', (count) => { for (let i = 0; i < count; i++) workerData.postMessage(i) })`,
      { workerData: port1, transferList: [port1] },
    )
    const receiver = await start(
      `${ports} let left = 0
      parentPort.on('message', (count) => { left = count; parentPort.postMessage('ready') })
      workerData.on('message', () => { if (--left === 0) parentPort.postMessage('arrived') })`,
      { workerData: port2, transferList: [port2] },
    )
    return {
      async run(count) {
        receiver.postMessage(count)
        await once(receiver, 'message')
        sender.postMessage(count)
        await once(receiver, 'message')
      },
      close: () => Promise.all([sender.terminate(), receiver.terminate()]),
    }
  },
  async talk() {
    const worker = await start(`${ports} parentPort.on('message', (value) => parentPort.postMessage(value))`)
    /** @type {(value: unknown) => void} */
    let resolve = () => {}
    worker.on('message', (value) => resolve(value))
    return {
      echo: (value) =>
        new Promise((answered) => {
          resolve = answered
          worker.postMessage(value)
        }),
      close: () => worker.terminate(),
    }
  },
  async spread(receivers) {
    const channel = new BroadcastChannel('texts')
    const workers = await Promise.all(
      Array.from({ length: receivers }, () =>
        start(
          `${ports} let keeps = false; const kept = []
          new BroadcastChannel('texts').onmessage = ({ data }) => {
            if (typeof data === 'boolean') keeps = data
            else if (keeps) kept.push(data)
            parentPort.postMessage(data.length)
          }
          parentPort.postMessage('ready')`,
        ),
      ),
    )
    const all = () => Promise.all(workers.map((worker) => once(worker, 'message')))
    /** @param {unknown} value */
    const send = async (value) => {
      const arrived = all()
      channel.postMessage(value)
      await arrived
    }
    return {
      send,
      keep: send,
      async close() {
        channel.close()
        await Promise.all(workers.map((worker) => worker.terminate()))
      },
    }
  },
}
