import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Replies } from './replies.mjs'

const SOURCE = `
const { parentPort } = require('node:worker_threads')
const functions = []
parentPort.on('message', async ({ source, index, argument }) => {
  if (source !== undefined) parentPort.postMessage(functions.push(new Function('require', source)(require)) - 1)
  else parentPort.postMessage(await functions[index](argument))
})`

/** A worker thread that is given the source of functions and calls them. */
export async function functionUnit() {
  const worker = new Worker(SOURCE, { eval: true })
  const replies = new Replies()
  const exit = once(worker, 'exit')
  worker.on('message', (value) => replies.settle(value))
  worker.on('error', (error) => replies.end(error))
  await once(worker, 'online')
  return {
    /** @param {string} source of the body of a function that returns the function */
    async load(source) {
      worker.postMessage({ source })
      const index = await replies.next()
      return (/** @type {any} */ argument) => {
        worker.postMessage({ index, argument })
        return replies.next()
      }
    },
    async close() {
      await worker.terminate()
      await exit
    },
  }
}
