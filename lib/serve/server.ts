import { availableParallelism } from 'node:os'
import { misuseError } from '../errors.js'
import { SharedStore } from '../shared/store.js'
import { locate, makeSettings, tenantEntry } from './make-settings.js'
import { checkTenant, type ServeOptions, type TenantApp } from './options.js'
import { keys, revivedError, type ServeErrorDetails, type Settings } from './settings.js'
import { type ListeningSocket, openSocket } from './socket.js'
import { type ServerStats, sumStats } from './stats.js'
import { ServerThread, type ThreadPlan } from './thread.js'

/**
 * A web server whose workers are isolates of this process. `serve()` makes it.
 *
 * @example
 * ```ts
 * await using server = await serve({ module: './app.mjs', port: 3000, workers: 4 })
 * console.log(server.url) // http://localhost:3000
 * await server.reload()
 * ```
 */
export class Server implements AsyncDisposable {
  readonly #options: ServeOptions
  readonly #socket: ListeningSocket
  readonly #store = new SharedStore<unknown>()
  readonly #plan: ThreadPlan
  #threads: ServerThread[]
  #tenantsSet = 0
  /** Threads whose place another has taken, until their last connection has ended. */
  readonly #retiring = new Set<ServerThread>()
  readonly #settings: Settings
  readonly #closed: Promise<void>
  #resolveClosed: () => void = () => {}
  #state: 'ready' | 'draining' | 'stopped' = 'ready'
  #reloading: Promise<void> | undefined
  #restarts = 0
  #watch: NodeJS.Timeout | undefined
  readonly #onSignal = (signal: NodeJS.Signals): void => void this.#endBySignal(signal)

  private constructor(options: ServeOptions, socket: ListeningSocket, settings: Settings) {
    this.#options = options
    this.#socket = socket
    this.#settings = settings
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    const isNode = settings.runtime === 'node'
    this.#plan = {
      program: isNode ? 'node' : 'io',
      store: this.#store,
      root: isNode ? settings.root : '.',
      // I/O threads look after those of their workers.
      memoryLimit: isNode ? settings.memoryLimit : 0,
      startTimeout: isNode ? settings.startTimeout : 0,
      report: (thread, report) => this.#report(thread, report),
      crashed: (thread, error) => {
        this.#restarts += 1
        this.#tell(error, { kind: 'worker', worker: thread.workers[0] ?? 0 })
      },
    }
    this.#store.set(keys.settings, settings)
    this.#store.set(keys.env, options.env ?? {})
    for (const [tenant, app] of Object.entries(options.tenants?.apps ?? {})) this.setTenant(tenant, app)
    this.#threads = assign(settings, options).map((workers, index) => {
      const name = isNode ? `serve:${workers[0]}` : `serve:io-${index + 1}`
      return new ServerThread(name, workers, this.#plan)
    })
  }

  /** @internal */
  static async start(options: ServeOptions): Promise<Server> {
    const module = options.module === undefined ? '' : locate(options.module)
    const socket = await openSocket(options.host, options.port ?? 3000, options.backlog ?? 511)
    const attempt = async (runtime: Settings['runtime']): Promise<Server> => {
      const server = new this(options, socket, makeSettings(options, module, socket, runtime))
      await server.#launch()
      return server
    }
    try {
      if (options.tenants !== undefined) return await attempt('bare')
      if (options.runtime !== undefined) return await attempt(options.runtime)
      // What a module exports is known when it has run, and most that need Node do not get as far without it.
      return await attempt('bare').catch(() => attempt('node'))
    } catch (error) {
      socket.close()
      throw error
    }
  }

  get url(): string {
    const { host, port } = this.#socket
    const name = host === '::' || host === '0.0.0.0' ? 'localhost' : host.includes(':') ? `[${host}]` : host
    return `http://${name}:${port}`
  }

  get port(): number {
    return this.#socket.port
  }

  /** What its workers are. */
  get runtime(): 'bare' | 'node' {
    return this.#settings.runtime
  }

  /** `draining` while requests come to their end, `stopped` after that. */
  get state(): 'ready' | 'draining' | 'stopped' {
    return this.#state
  }

  /** Resolves when the server has stopped. */
  get closed(): Promise<void> {
    return this.#closed
  }

  /**
   * Swaps all workers for new ones that load the module again, one by one, and each only when its successor is ready. No request
   * fails. A second call waits for the first and then begins.
   *
   * @throws What the module throws; the workers that were not swapped by then go on.
   */
  async reload(): Promise<void> {
    const before = this.#reloading
    const mine = (async () => {
      await before?.catch(() => {})
      if (this.#state !== 'ready') throw new Error('The server is closed')
      for (const thread of [...this.#threads]) {
        if (this.#settings.runtime === 'bare') await thread.ask('reload')
        else await this.#replace(thread)
      }
    })()
    this.#reloading = mine
    await mine
  }

  /**
   * Adds a tenant, or gives one another app: requests that come from now on are answered by that.
   *
   * @throws RangeError for a file that is not there; TypeError where the server has no tenants.
   */
  setTenant(name: string, app: TenantApp): void {
    if (this.#options.tenants === undefined) throw misuseError('The server has no tenants', 'ERR_INVALID_OPTION')
    checkTenant(name, app)
    this.#store.set(keys.tenant(this.#tenantName(name)), tenantEntry(app, ++this.#tenantsSet))
  }

  /** Its requests are answered 404 from now on; its isolate ends when it has been idle. False when there was none. */
  removeTenant(name: string): boolean {
    return this.#store.delete(keys.tenant(this.#tenantName(name)))
  }

  #tenantName(name: string): string {
    return this.#settings.tenants?.by === 'host' ? name.toLowerCase() : name
  }

  async stats(): Promise<ServerStats> {
    const asked = this.#threads.map((thread) => thread.stats().catch(() => undefined))
    const threads = (await Promise.all(asked)).filter((each) => each !== undefined)
    return sumStats(threads, this.#state, this.#restarts)
  }

  /**
   * Accepts no more, lets requests end for as long as `closeTimeout` says, and stops the workers. A second call waits for
   * the first.
   */
  async close(): Promise<void> {
    if (this.#state === 'ready') {
      this.#state = 'draining'
      process.off('SIGTERM', this.#onSignal)
      process.off('SIGINT', this.#onSignal)
      clearInterval(this.#watch)
      // Twice: connections have as long, and then their workers.
      const enough = this.#settings.closeTimeout * 2 + 1000
      await Promise.all([...this.#threads, ...this.#retiring].map((thread) => thread.drain(enough)))
      this.#socket.close()
      this.#store.clear()
      this.#state = 'stopped'
      this.#resolveClosed()
    }
    await this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A thread that is not needed any more goes when its successor is ready. */
  async #replace(thread: ServerThread): Promise<void> {
    const successor = new ServerThread(thread.name, thread.workers, this.#plan)
    await successor.start()
    this.#threads = this.#threads.map((each) => (each === thread ? successor : each))
    // The server was closed meanwhile.
    if (this.#state !== 'ready') await successor.drain(0)
    // Connections at rest may stay for seconds; nobody waits for them.
    this.#retiring.add(thread)
    void thread.drain(this.#settings.closeTimeout + 1000, 'retire').then(() => this.#retiring.delete(thread))
  }

  async #launch(): Promise<void> {
    try {
      await Promise.all(this.#threads.map((thread) => thread.start()))
    } catch (error) {
      await Promise.all(this.#threads.map((thread) => thread.drain(0)))
      this.#store.clear()
      throw error
    }
    if (this.#options.signals === true) {
      process.on('SIGTERM', this.#onSignal)
      process.on('SIGINT', this.#onSignal)
    }
    const { maxEventLoopLag } = this.#options
    if (maxEventLoopLag !== undefined)
      this.#watch = setInterval(() => this.#look(maxEventLoopLag), maxEventLoopLag).unref()
  }

  /** Ends threads whose loop does not come round. */
  #look(most: number): void {
    for (const thread of this.#threads) {
      if (!thread.isReady) continue
      const late = setTimeout(() => thread.kill(new Error(`${thread.name} stood still for ${most} ms`)), most)
      thread.ask('ping').then(
        () => clearTimeout(late),
        () => clearTimeout(late),
      )
    }
  }

  async #endBySignal(signal: NodeJS.Signals): Promise<void> {
    await this.close()
    // As if nobody had listened for it, unless somebody else does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }

  #report(thread: ServerThread, report: Parameters<ThreadPlan['report']>[1]): void {
    if (report.kind === 'log') for (const entry of report.entries) this.#options.accessLog?.(entry)
    else if (report.kind === 'error') this.#tell(revivedError(report.error), report.details)
    else if (report.kind === 'worn') {
      this.#replace(thread).catch((error) => this.#tell(error, { kind: 'worker', worker: thread.workers[0] ?? 0 }))
    }
  }

  #tell(error: Error, details: ServeErrorDetails): void {
    if (this.#options.onError !== undefined) this.#options.onError(error, details)
    else process.stderr.write(`${describe(details)}${error.stack || error.message}\n`)
  }
}

function describe({ kind, worker, method, url }: ServeErrorDetails): string {
  return kind === 'request' ? `${method} ${url}: ` : kind === 'uncaught' ? `Uncaught in worker ${worker}: ` : ''
}

/** The numbers of the workers that each thread has, from 1. */
function assign({ runtime, workers }: Settings, { threads = availableParallelism() }: ServeOptions): number[][] {
  const count = runtime === 'node' ? workers : Math.min(workers, threads)
  const numbers = Array.from({ length: workers }, (_, index) => index + 1)
  return Array.from({ length: count }, (_, thread) =>
    numbers.filter((number) => number % count === (thread + 1) % count),
  )
}
