import { createRequire } from 'node:module'
import { join } from 'node:path'
import { types } from 'node:util'
import type * as WorkerThreads from 'node:worker_threads'
import { native } from '../runtime.js'
import { redirectOutput } from './output.js'
import type { Assignment, SpareMessage, ThreadData } from './reserve.js'

/** lib/guest/node.ts, which the build puts beside this file. */
interface Remote {
  connectNode(native: { remote: () => object; kind: (value: object) => number }): void
}

/** Makes this thread an isolate's, and leaves it as any worker thread is. */
function start({ isolate, base }: Assignment): void {
  // Scripts of the host shall import as this one does.
  const remote = native.attachNode(isolate, start, base)
  // The program finds nothing of this in its `workerData`.
  threads.workerData = null
  // It was told to end before it began.
  if (remote === undefined) process.exit()
  const { connectNode } = require('./remote.js') as Remote
  connectNode({ remote: () => remote, kind })
  redirectOutput((toStderr, isLine, text) => native.printNode(toStderr, isLine, text))
  process.on('uncaughtException', (error, origin) => {
    // The program has listeners of its own: it handles them.
    if (process.listenerCount('uncaughtException') === 1) native.uncaughtNode(origin === 'unhandledRejection', error)
  })
  defineGlobals(base)
  try {
    native.startNode()
  } catch (error) {
    // No room for the globals.
    native.uncaughtNode(false, error)
    process.exit(1)
  }
}

/** As far as lib/guest/remote.ts asks for it; the numbers are those of lib/guest/native.ts. */
function kind(value: object): number {
  return types.isNativeError(value) ? 19 : types.isProxy(value) ? 1 : 0
}

/** What a script of the host finds beside Node's globals. */
function defineGlobals(base: string): void {
  const ownPackage = (): object => require('../index.js') as object
  const within = createRequire(join(base, 'isolate:run'))
  const own = (specifier: string): unknown => (specifier === 'isolates' ? ownPackage() : within(specifier))
  Object.defineProperty(own, 'name', { value: 'require' })
  defineGlobal('require', Object.assign(own, within))
  // Loaded when it is first asked for: most threads never do.
  Object.defineProperty(globalThis, 'isolates', {
    configurable: true,
    get() {
      const isolates = ownPackage()
      defineGlobal('isolates', isolates)
      return isolates
    },
    set: (value: unknown) => defineGlobal('isolates', value),
  })
}

function defineGlobal(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
}

/** Waits to be told whose this thread is. */
function wait(port: WorkerThreads.MessagePort): void {
  require('../index.js')
  require('./remote.js')
  port.once('message', ({ assignment, env }: SpareMessage) => {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(env, name)) delete process.env[name]
    Object.assign(process.env, env)
    start(assignment)
  })
  port.postMessage('ready')
}

const threads = require('node:worker_threads') as { workerData: unknown; parentPort: WorkerThreads.MessagePort }
const { assignment } = (threads.workerData as { isolates: ThreadData }).isolates
if (assignment === undefined) wait(threads.parentPort)
else start(assignment)
