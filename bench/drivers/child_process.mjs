import { fork } from 'node:child_process'
import { GUEST, messageUnit } from './messages.mjs'

function start() {
  const child = fork(GUEST, { execArgv: [] })
  return messageUnit({
    events: child,
    send: (message) => void child.send(message),
    // A process whose channel is closed has nothing left to wait for and ends by itself.
    stop: () => child.disconnect(),
    ...(child.pid === undefined ? {} : { pid: child.pid }),
  })
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'child_process',
  provides: ['start', 'many', 'lives', 'tasks', 'work', 'call'],
  missing: () => undefined,
  version: () => process.version,
  open: async () => ({ start, startAside: start }),
}
