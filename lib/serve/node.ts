import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Control, Perform } from './control.js'
import { type Recognised, recognise } from './listener.js'
import { captureListen } from './listening.js'
import type { Settings } from './settings.js'

/** The program of an isolate that has one Node app: it accepts for itself from the server's socket, as I/O threads do. */
export async function start(control: Control): Promise<Perform> {
  const app = new NodeApp(control)
  await app.open()
  return (kind) => {
    if (kind === 'drain' || kind === 'retire') return app.drain(kind === 'drain')
    if (kind === 'stats') return app.stats()
    return undefined
  }
}

class NodeApp {
  readonly #control: Control
  readonly #settings: Settings
  readonly #number: number
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 })
  readonly #since = Date.now()
  readonly #counts = { requests: 0, errors: 0, active: 0 }
  #servers: readonly HttpServer[] = []
  #draining = false
  #worn = false

  constructor(control: Control) {
    this.#control = control
    this.#settings = control.settings
    this.#number = control.workers[0] as number
  }

  /** Loads the app, and has the servers that answer for it listen. */
  async open(): Promise<void> {
    const { descriptor, port, module: path, timeouts } = this.#settings
    const listening = captureListen(descriptor, port)
    const module = (await import(path)) as Record<string, unknown>
    const found: Recognised | undefined = await recognise(module, this.#control.env)
    if (found !== undefined) {
      await listening.open(found)
    } else if (listening.servers.length === 0) {
      const exported = module['default'] === undefined ? 'nothing' : typeof module['default']
      throw new Error(`${path} neither listens nor exports an app: its default export is ${exported}`)
    }
    for (const server of listening.servers) {
      Object.assign(server, timeouts).prependListener('request', (req, res) => this.#observe(req, res))
    }
    await listening.ready()
    this.#servers = listening.servers
    this.#delay.enable()
  }

  /**
   * Ends what goes on. A server that closes also closes connections at rest; a thread that another takes the place of lets them be until
   * they are used or Node's own time for them is up, since their clients may be about to send.
   */
  async drain(closesIdle: boolean): Promise<void> {
    this.#draining = true
    const close: NetServer['close'] = closesIdle ? HttpServer.prototype.close : NetServer.prototype.close
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => close.call(server, () => resolve())))
    const late = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections()
    }, this.#settings.closeTimeout)
    await Promise.all(closed)
    clearTimeout(late)
    this.#control.flush()
  }

  /** All but the memory and the CPU time, which are the isolate's. */
  async stats(): Promise<object> {
    const counted = this.#servers.map(
      (server) => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    )
    const connections = (await Promise.all(counted)).reduce((sum, count) => sum + count, 0)
    const lag = { mean: this.#delay.mean / 1e6, max: this.#delay.max / 1e6 }
    this.#delay.reset()
    const state = this.#draining ? 'draining' : 'ready'
    const worker = { number: this.#number, state, ...this.#counts, since: this.#since }
    return { workers: [worker], restarts: 0, connections, lag }
  }

  /** Counts what the app answers, and sees to it that it does so in time. */
  #observe(req: IncomingMessage, res: ServerResponse): void {
    const { timeout, logs } = this.#settings
    this.#counts.requests += 1
    this.#counts.active += 1
    if (this.#draining) res.shouldKeepAlive = false
    const began = performance.now()
    const late = timeout > 0 ? setTimeout(() => this.#giveUp(req, res), timeout).unref() : undefined
    res.once('close', () => {
      clearTimeout(late)
      this.#counts.active -= 1
      if (res.statusCode >= 500) this.#counts.errors += 1
      if (logs) this.#log(req, res, performance.now() - began)
      this.#wearOut()
    })
  }

  #log({ method = '', url = '' }: IncomingMessage, res: ServerResponse, duration: number): void {
    const { statusCode: status, writableFinished } = res
    const time = Date.now() - duration
    this.#control.log({ method, url, status, duration, worker: this.#number, aborted: !writableFinished, time })
  }

  #giveUp(req: IncomingMessage, res: ServerResponse): void {
    if (res.headersSent) return
    const { method = '', url = '' } = req
    const error = new Error(`the app took longer than its timeout of ${this.#settings.timeout} ms`)
    this.#control.error(error, { kind: 'request', worker: this.#number, method, url })
    res.writeHead(504, { 'content-type': 'text/plain', connection: 'close' })
    res.end('Gateway Timeout')
  }

  /** Asks to be replaced once it has done what a worker may do. */
  #wearOut(): void {
    const { maxRequests, maxMemory } = this.#settings
    const { requests } = this.#counts
    const much = maxRequests > 0 && requests >= maxRequests
    const big = maxMemory > 0 && requests % memoryEvery === 0 && memory() > maxMemory
    if (this.#worn || !(much || big)) return
    this.#worn = true
    this.#control.worn()
  }
}

/** How often its memory is looked at: once in so many requests. */
const memoryEvery = 64

function memory(): number {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}
