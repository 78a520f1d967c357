import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Replies } from './replies.mjs'

/** What runs at the other end, in a worker thread as well as in a process. */
export const GUEST = fileURLToPath(new URL('guest.cjs', import.meta.url))

/**
 * A unit behind a message port: see guest.cjs for what goes over it.
 *
 * @param {object} peer
 * @param {import('node:events').EventEmitter} peer.events emits `message`, `error` and `exit`
 * @param {(message: any) => void} peer.send
 * @param {() => void} peer.stop begins the end; `exit` is the end
 * @param {number} [peer.pid]
 * @returns {Promise<import('../types.d.ts').Unit>} once the guest has evaluated `1`
 */
export async function messageUnit({ events, send, stop, pid }) {
  const replies = new Replies()
  const exit = once(events, 'exit').then(() => replies.end(new Error('The unit has ended')))
  events.on('message', (value) => replies.settle(value))
  events.on('error', (error) => replies.end(error))
  await replies.next()
  return {
    pid,
    async load(work) {
      send(String(work))
      await replies.next()
      return (argument) => {
        send(argument)
        return replies.next()
      }
    },
    close() {
      stop()
      return exit
    },
  }
}
