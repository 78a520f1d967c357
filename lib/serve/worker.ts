import { Failure } from '../failure.js'
import { Isolate } from '../isolate.js'
import { Result } from '../native.js'
import type { IsolateOptions } from '../options.js'
import { native, residences } from '../runtime.js'
import { makeScripts, type Script, serving, startApp } from './scripts.js'
import type { Settings, WebSocketSettings, WorkerState } from './settings.js'
import type { WebSocketSession } from './web-socket.js'

const scripts = makeScripts(native.makeFunction)
const noEnvironment = {}

/** A module that exports something else than an app. */
export class NoAppError extends Error {
  readonly exported: string

  constructor(module: string, exported: string) {
    super(`${module} exports ${exported}, and not an object with a function fetch(request, env, context)`)
    this.exported = exported
  }
}

/**
 * An isolate that answers requests. Entered on the I/O thread that has it: what a request costs besides its own code is the copy
 * of its parts and of the answer's.
 */
export class AppWorker {
  readonly number: number
  readonly isolate: Isolate
  /** Whose it is, where a server has tenants. */
  readonly tenant: string | undefined
  readonly webSocket: WebSocketSettings
  readonly #sockets = new Set<WebSocketSession>()
  #closesSockets = false
  /** Milliseconds that a call may take; 0 for no limit. */
  readonly timeout: number
  readonly #cpuTimeout: number
  readonly #id: number
  state: WorkerState = 'starting'
  /** Requests that are not over. */
  active = 0
  requests = 0
  errors = 0
  readonly since = Date.now()
  #lastExchange = 0
  #idle: (() => void) | undefined

  /** @param tenant Its code is not trusted with this thread: others enter the isolate. */
  constructor(number: number, name: string, options: IsolateOptions, webSocket: WebSocketSettings, tenant?: string) {
    this.number = number
    this.webSocket = webSocket
    this.tenant = tenant
    this.isolate = new Isolate({ ...options, name, [serving]: true } as IsolateOptions)
    this.#id = this.isolate.id
    this.timeout = options.timeout ?? 0
    this.#cpuTimeout = options.cpuTimeout ?? 0
  }

  /** @throws NoAppError; what the module throws. */
  async start(module: string, env: unknown, timeout: number): Promise<void> {
    try {
      const exported = await this.isolate.call(startApp, [module, env ?? noEnvironment], {
        timeout,
        // The limit of a request is none for the start.
        cpuTimeout: timeout,
      })
      if (exported !== undefined) throw new NoAppError(module, exported)
      this.state = 'ready'
    } catch (error) {
      this.stop()
      throw error
    }
  }

  /** Numbers an exchange. */
  begin(): number {
    this.active += 1
    this.requests += 1
    this.#lastExchange += 1
    return this.#lastExchange
  }

  finish(): void {
    this.active -= 1
    if (this.active === 0) this.#idle?.()
  }

  /**
   * On this thread, if nobody is in the isolate now, and otherwise on another; gives the value when there is one at once, else a
   * promise.
   */
  call(script: Script, args: readonly unknown[]): unknown {
    const handle = scripts[script]
    if (this.tenant === undefined) {
      return native.callAtOnce(this.#id, handle, this.timeout, this.#cpuTimeout, args, undefined)
    }
    const answer = native.call(this.#id, handle, this.timeout, this.#cpuTimeout, args, undefined, Result.Copy)
    if (answer === undefined) throw new Failure('ERR_ISOLATE_CLOSED', undefined, '', '', false)
    return answer
  }

  /** What `call` threw, for people. */
  error(failure: unknown): unknown {
    return failure instanceof Failure ? failure.toError(residences.get(this.#id)) : failure
  }

  addSocket(session: WebSocketSession): void {
    this.#sockets.add(session)
    if (this.#closesSockets) session.goAway()
  }

  removeSocket(session: WebSocketSession): void {
    this.#sockets.delete(session)
  }

  /** WebSockets last as long as both ends like: whoever waits for the worker's requests closes these first. */
  closeSockets(): void {
    this.#closesSockets = true
    for (const session of this.#sockets) session.goAway()
  }

  stats(): object {
    const { number, state, requests, errors, active, since } = this
    const { heapUsed, external, cpuMs } = this.isolate.stats()
    return { number, state, requests, errors, active, since, memory: heapUsed + external, cpuMs }
  }

  get isClosed(): boolean {
    return native.state(this.#id) === 2
  }

  /** Lets what it is at come to its end, the rest of the time that it has; gets nothing new. */
  async drain(milliseconds: number): Promise<void> {
    if (this.state === 'stopped') return
    this.state = 'draining'
    this.closeSockets()
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, milliseconds, 'late').unref())
    const peace = async (): Promise<void> => {
      if (this.active > 0) {
        await new Promise<void>((resolve) => {
          this.#idle = resolve
        })
      }
      await this.call('settle', [])
    }
    // A worker that fails meanwhile is stopped as well.
    await Promise.race([peace().catch(() => {}), late])
    // Not close(): an interval of the app would keep it open for ever.
    this.stop()
    await this.isolate.closed
  }

  stop(reason?: unknown): void {
    this.state = 'stopped'
    this.isolate.terminate(reason)
  }
}

/** What an isolate of a server's app is made with. */
export function workerOptions(settings: Settings): IsolateOptions {
  return {
    modules: { root: settings.root, packages: true, ...settings.modules },
    fetch: settings.fetch,
    ...(settings.memoryLimit > 0 ? { memoryLimit: settings.memoryLimit } : {}),
    ...(settings.timeout > 0 ? { timeout: settings.timeout } : {}),
  }
}
