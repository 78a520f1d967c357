import { monitorEventLoopDelay } from 'node:perf_hooks'
import { workerData } from 'node:worker_threads'
import type { Client, ClientListener, HttpFront } from './client.js'
import { Control } from './control.js'
import { Crew } from './crew.js'
import { type Reporter, refuse, serveRequest } from './exchange.js'
import { makeFront } from './front.js'
import type { ThreadData } from './settings.js'
import { duplicate } from './socket.js'
import { Tenants } from './tenants.js'
import { workerOptions } from './worker.js'

/**
 * The program of an I/O thread: accepts for itself, parses, and has the isolates of its crew answer, each of which it enters
 * itself. Nothing passes through the main thread.
 */
const data = workerData as ThreadData
const control = new Control(data)
const { settings } = control
const crew = new Crew(
  {
    numbers: settings.tenants === undefined ? data.workers : [],
    options: workerOptions(settings),
    webSocket: settings.webSocket,
    module: settings.module,
    startTimeout: settings.startTimeout,
    closeTimeout: settings.closeTimeout,
    maxRequests: settings.maxRequests,
    maxMemory: settings.maxMemory,
  },
  control,
)
const delay = monitorEventLoopDelay({ resolution: 10 })

const reporter: Reporter = {
  log: settings.logs ? (entry) => control.log(entry) : undefined,
  error: (error, details) => control.error(error, details),
  over: (worker) => crew.over(worker),
}

const tenants = settings.tenants === undefined ? undefined : new Tenants(settings, settings.tenants, control, reporter)

function onRequest(client: Client): void {
  if (tenants !== undefined) {
    tenants.serve(client)
    return
  }
  const worker = crew.pick()
  if (worker === undefined) void waitForWorker(client)
  else serveRequest(worker, client, reporter)
}

/** All of them are being replaced: the request waits as long as a start may take. */
async function waitForWorker(client: Client): Promise<void> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), settings.startTimeout).unref()
  })
  client.watch(nobody)
  const worker = await Promise.race([crew.whenReady(), late])
  if (client.isGone) return
  if (worker !== undefined) serveRequest(worker, client, reporter)
  else refuse(client, 503, 'Service Unavailable', ['retry-after', '1'])
}

const nobody: ClientListener = { onPiece() {}, onDrain() {}, onGone() {} }

async function drain(front: HttpFront): Promise<void> {
  crew.closeSockets()
  tenants?.closeSockets()
  await front.drain(settings.closeTimeout)
  await Promise.all([crew.drain(), tenants?.drain()])
  control.flush()
}

async function main(): Promise<void> {
  const front = await makeFront(settings, onRequest)
  try {
    await crew.start()
    await front.listen(duplicate(settings.descriptor))
  } catch (error) {
    control.failed(error)
    return
  }
  delay.enable()
  control.ready()
  await control.serve(async (kind) => {
    if (kind === 'reload') return await (tenants ?? crew).reload()
    if (kind === 'drain') return await drain(front)
    if (kind === 'stats') {
      const lag = { mean: delay.mean / 1e6, max: delay.max / 1e6 }
      delay.reset()
      return {
        workers: crew.stats(),
        tenants: tenants?.stats() ?? [],
        restarts: crew.restarts,
        connections: await front.connections(),
        lag,
      }
    }
    return undefined
  })
}

void main()
