import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { threadId, workerData } from 'node:worker_threads'
import { Control } from './control.js'
import { type Recognised, recognise } from './listener.js'
import { captureListen } from './listening.js'
import type { ThreadData } from './settings.js'

/** The program of a thread that has one Node app: it accepts for itself from the server's socket, as I/O threads do. */
const data = workerData as ThreadData
const control = new Control(data)
const { settings } = control
const number = data.workers[0] as number
const delay = monitorEventLoopDelay({ resolution: 10 })
const since = Date.now()
const counts = { requests: 0, errors: 0, active: 0 }
let draining = false
let worn = false

/** Counts what the app answers, and sees to it that it does so in time. */
function observe(req: IncomingMessage, res: ServerResponse): void {
  counts.requests += 1
  counts.active += 1
  if (draining) res.shouldKeepAlive = false
  const began = performance.now()
  const late = settings.timeout > 0 ? setTimeout(() => giveUp(req, res), settings.timeout).unref() : undefined
  res.once('close', () => {
    clearTimeout(late)
    counts.active -= 1
    if (res.statusCode >= 500) counts.errors += 1
    if (settings.logs) {
      const { method = '', url = '' } = req
      const duration = performance.now() - began
      const aborted = !res.writableFinished
      control.log({
        method,
        url,
        status: res.statusCode,
        duration,
        worker: number,
        aborted,
        time: Date.now() - duration,
      })
    }
    wearOut()
  })
}

function giveUp(req: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent) return
  const { method = '', url = '' } = req
  const error = new Error(`the app took longer than its timeout of ${settings.timeout} ms`)
  control.error(error, { kind: 'request', worker: number, method, url })
  res.writeHead(504, { 'content-type': 'text/plain', connection: 'close' })
  res.end('Gateway Timeout')
}

/** Asks to be replaced once it has done what a worker may do. */
function wearOut(): void {
  const { maxRequests, maxMemory } = settings
  const much = maxRequests > 0 && counts.requests >= maxRequests
  const big = maxMemory > 0 && counts.requests % 64 === 0 && memory() > maxMemory
  if (worn || !(much || big)) return
  worn = true
  control.worn()
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/**
 * Ends what goes on. A server that closes also closes connections at rest; a thread that another takes the place of lets them be until
 * they are used or Node's own time for them is up, since their clients may be about to send.
 */
async function drain(servers: readonly HttpServer[], closesIdle: boolean): Promise<void> {
  draining = true
  const close: NetServer['close'] = closesIdle ? HttpServer.prototype.close : NetServer.prototype.close
  const closed = servers.map((server) => new Promise<void>((resolve) => close.call(server, () => resolve())))
  const late = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, settings.closeTimeout)
  await Promise.all(closed)
  clearTimeout(late)
  control.flush()
}

/** Loads the app; the servers that answer for it. */
async function open(): Promise<readonly HttpServer[]> {
  const listening = captureListen(settings.descriptor, settings.port)
  const module = (await import(settings.module)) as Record<string, unknown>
  const found: Recognised | undefined = await recognise(module, control.env)
  if (found !== undefined) {
    await listening.open(found)
  } else if (listening.servers.length === 0) {
    const exported = module['default'] === undefined ? 'nothing' : typeof module['default']
    throw new Error(`${settings.module} neither listens nor exports an app: its default export is ${exported}`)
  }
  for (const server of listening.servers) Object.assign(server, settings.timeouts).prependListener('request', observe)
  await listening.ready()
  return listening.servers
}

async function main(): Promise<void> {
  let servers: readonly HttpServer[]
  try {
    servers = await open()
  } catch (error) {
    control.failed(error)
    return
  }
  delay.enable()
  control.ready()
  await control.serve(async (kind) => {
    if (kind === 'drain' || kind === 'retire') return await drain(servers, kind === 'drain')
    if (kind === 'stats') return await stats(servers)
    return undefined
  })
}

async function stats(servers: readonly HttpServer[]): Promise<object> {
  const counted = servers.map(
    (server) => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
  )
  const connections = (await Promise.all(counted)).reduce((sum, count) => sum + count, 0)
  const lag = { mean: delay.mean / 1e6, max: delay.max / 1e6 }
  delay.reset()
  const { user, system } = process.cpuUsage()
  const state = draining ? 'draining' : 'ready'
  const worker = { number, state, ...counts, since, memory: memory(), cpuMs: threadId < 0 ? 0 : (user + system) / 1000 }
  return { workers: [worker], restarts: 0, connections, lag }
}

void main()
