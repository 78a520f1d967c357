import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { workerData } from 'node:worker_threads'
import { Control } from './control.js'
import { Crew } from './crew.js'
import { type Reporter, refuse, serveRequest } from './exchange.js'
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
    module: settings.module,
    startTimeout: settings.startTimeout,
    closeTimeout: settings.closeTimeout,
    maxRequests: settings.maxRequests,
    maxMemory: settings.maxMemory,
  },
  control,
)
const delay = monitorEventLoopDelay({ resolution: 10 })
let draining = false

const reporter: Reporter = {
  log: settings.logs ? (entry) => control.log(entry) : undefined,
  error: (error, details) => control.error(error, details),
  over: (worker) => crew.over(worker),
}

const tenants = settings.tenants === undefined ? undefined : new Tenants(settings, settings.tenants, control, reporter)

function onRequest(req: IncomingMessage, res: ServerResponse): void {
  if (draining) res.shouldKeepAlive = false
  if (tenants !== undefined) {
    tenants.serve(req, res)
    return
  }
  const worker = crew.pick()
  if (worker === undefined) void waitForWorker(req, res)
  else serveRequest(worker, req, res, reporter)
}

/** All of them are being replaced: the request waits as long as a start may take. */
async function waitForWorker(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), settings.startTimeout).unref()
  })
  const worker = await Promise.race([crew.whenReady(), late])
  if (res.destroyed) return
  if (worker !== undefined) {
    serveRequest(worker, req, res, reporter)
    return
  }
  refuse(res, 503, 'Service Unavailable', { 'retry-after': '1' })
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd: duplicate(settings.descriptor) }, resolve)
  })
}

async function drain(server: Server): Promise<void> {
  draining = true
  // Connections at rest are closed; the others end with their response.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const late = setTimeout(() => server.closeAllConnections(), settings.closeTimeout)
  await closed
  clearTimeout(late)
  await Promise.all([crew.drain(), tenants?.drain()])
  control.flush()
}

async function main(): Promise<void> {
  const server = createServer(onRequest)
  try {
    await crew.start()
    await listen(server)
  } catch (error) {
    control.failed(error)
    return
  }
  delay.enable()
  control.ready()
  await control.serve(async (kind) => {
    if (kind === 'reload') return await (tenants ?? crew).reload()
    if (kind === 'drain') return await drain(server)
    if (kind === 'stats') {
      const lag = { mean: delay.mean / 1e6, max: delay.max / 1e6 }
      delay.reset()
      return {
        workers: crew.stats(),
        tenants: tenants?.stats() ?? [],
        restarts: crew.restarts,
        connections: await connections(server),
        lag,
      }
    }
    return undefined
  })
}

function connections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
}

void main()
