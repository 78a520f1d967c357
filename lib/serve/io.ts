import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Client, ClientListener, HttpFront } from './client.js'
import type { Control, Perform } from './control.js'
import { Crew } from './crew.js'
import { type Reporter, refuse, serveRequest } from './exchange.js'
import { makeFront } from './front.js'
import { duplicate } from './socket.js'
import { Tenants } from './tenants.js'
import { workerOptions } from './worker.js'

/**
 * The program of an I/O thread: accepts for itself, parses, and has the isolates of its crew answer, each of which it enters
 * itself. Nothing passes through the main thread.
 */
export async function start(control: Control): Promise<Perform> {
  const { settings } = control
  const reporter: Reporter = {
    log: settings.logs ? (entry) => control.log(entry) : undefined,
    error: (error, details) => control.error(error, details),
    over: (worker) => crew.over(worker),
  }
  const crew = makeCrew(control)
  const tenants =
    settings.tenants === undefined ? undefined : new Tenants(settings, settings.tenants, control, reporter)

  /** When all workers are being replaced, the request waits as long as a start may take. */
  const waitForWorker = async (client: Client): Promise<void> => {
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), settings.startTimeout).unref()
    })
    client.watch(nobody)
    const worker = await Promise.race([crew.whenReady(), late])
    if (client.isGone) return
    if (worker !== undefined) serveRequest(worker, client, reporter)
    else refuse(client, 503, 'Service Unavailable', ['retry-after', '1'])
  }

  const front = await makeFront(settings, (client) => {
    if (tenants !== undefined) {
      tenants.serve(client)
      return
    }
    const worker = crew.pick()
    if (worker === undefined) void waitForWorker(client)
    else serveRequest(worker, client, reporter)
  })
  await crew.start(() => front.listen(duplicate(settings.descriptor)))
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()

  const drain = async (): Promise<void> => {
    crew.closeSockets()
    tenants?.closeSockets()
    await front.drain(settings.closeTimeout)
    await Promise.all([crew.drain(), tenants?.drain()])
    control.flush()
  }
  return async (kind) => {
    if (kind === 'reload') return await (tenants ?? crew).reload()
    if (kind === 'drain') return await drain()
    if (kind === 'stats') return await stats(front, crew, tenants, delay)
    return undefined
  }
}

function makeCrew(control: Control): Crew {
  const { settings } = control
  const plan = {
    numbers: settings.tenants === undefined ? control.workers : [],
    options: workerOptions(settings),
    webSocket: settings.webSocket,
    module: settings.module,
    startTimeout: settings.startTimeout,
    closeTimeout: settings.closeTimeout,
    maxRequests: settings.maxRequests,
    maxMemory: settings.maxMemory,
  }
  return new Crew(plan, control)
}

const nobody: ClientListener = { onPiece() {}, onDrain() {}, onGone() {} }

async function stats(
  front: HttpFront,
  crew: Crew,
  tenants: Tenants | undefined,
  delay: IntervalHistogram,
): Promise<object> {
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
