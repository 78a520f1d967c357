import { EventEmitter } from 'node:events'
import { availableParallelism } from 'node:os'
import { inspect } from 'node:util'
import { type CloseReason, type IsolateError, PoolError } from '../errors.js'
import { Failure } from '../failure.js'
import type { FunctionHandle } from '../functions.js'
import type { Isolate } from '../isolate.js'
import { Result } from '../native.js'
import { refuseForNode } from '../node/options.js'
import { checkArguments, checkSource } from '../options.js'
import type { AnyFunction } from '../remote/types.js'
import { functions, native } from '../runtime.js'
import { limitOf } from '../shared/requests.js'
import type { UncaughtDetails } from '../uncaught.js'
import { Contexts, callsBack, reporter } from './contexts.js'
import { Crew } from './crew.js'
import { ModuleExports } from './exports.js'
import { type MapOptions, mapItems } from './map.js'
import { checkPoolOptions, checkRunOptions, isolateOptions, type PoolOptions, type PoolRunOptions } from './options.js'
import { prepareWith } from './prepare.js'
import { Ledger, type PoolStats } from './stats.js'
import { type Counts, Submission } from './submission.js'

/** What a pool tells its listeners. */
export interface PoolEvents {
  /** An isolate was made. */
  spawn: [isolate: Isolate]
  /** An isolate has ended. */
  exit: [isolate: Isolate, reason: CloseReason]
  /** The last task has ended. */
  drain: []
  /** An error in an isolate that no task ends with; while nobody listens, it is printed. */
  error: [error: IsolateError, details: UncaughtDetails, isolate: Isolate]
}

/**
 * Several isolates that do tasks: functions, or exports of a module. Each takes the next task when it is free, so that none waits
 * behind another while an isolate has nothing to do. Every task settles, whatever becomes of its isolate.
 *
 * A pool that nobody refers to ends when its tasks are done.
 *
 * @example
 * ```ts
 * import { Pool } from 'isolates'
 *
 * await using pool = new Pool({ memoryLimit: 64, timeout: 1000 })
 * console.log(await pool.run((n) => n * n, [12])) // 144
 * for await (const square of pool.map([1, 2, 3], (n) => n * n)) console.log(square) // 1 4 9
 * ```
 */
export class Pool extends EventEmitter<PoolEvents> implements Disposable, AsyncDisposable {
  readonly #queue = native.makePool()
  readonly #exports: ModuleExports
  readonly #crew: Crew
  readonly #capacity: number
  readonly #mostPending: number
  readonly #tasksPerIsolate: number
  readonly #timeout: number
  readonly #cpuTimeout: number
  readonly #maxSource: number
  readonly #maxMessage: number
  readonly #isNode: boolean
  readonly #retries: number
  readonly #ledger = new Ledger(this.#queue)
  readonly #contexts: Contexts | undefined
  readonly #counts: Counts
  #pending = 0
  #drained: (() => void)[] = []
  /** What new tasks are refused with. */
  #refusal: (() => PoolError) | undefined
  /** Also those that are begun anew are refused. */
  #over = false
  #closing: Promise<void> | undefined

  /** @throws TypeError, RangeError for wrong options; NotShareableError for globals that cannot be copied. */
  constructor(options?: PoolOptions) {
    super()
    const o = checkPoolOptions(options)
    const { size = availableParallelism(), tasksPerIsolate = 1, maxQueue = Number.POSITIVE_INFINITY } = o
    const bounds = typeof size === 'number' ? { min: size, max: size } : { min: size.min ?? 0, max: size.max }
    const recycle = typeof o.recycleAfter === 'number' ? { tasks: o.recycleAfter } : (o.recycleAfter ?? {})
    this.#exports = new ModuleExports(o.module, o.modules)
    this.#capacity = bounds.max * tasksPerIsolate
    this.#mostPending = this.#capacity + maxQueue
    this.#tasksPerIsolate = tasksPerIsolate
    this.#timeout = o.timeout ?? 0
    this.#cpuTimeout = o.cpuTimeout ?? 0
    this.#maxSource = o.maxSourceSize ?? Number.POSITIVE_INFINITY
    this.#maxMessage = o.maxMessageSize ?? Number.POSITIVE_INFINITY
    this.#isNode = o.runtime === 'node'
    this.#retries = o.retries ?? 0
    const isolate = { ...isolateOptions(o), ...(this.#exports.modules && { modules: this.#exports.modules }) }
    this.#contexts = callsBack(isolate) ? new Contexts(this.#queue) : undefined
    this.#counts = { done: this.#done, fail: this.#fail, mayGoOn: () => !this.#over, contexts: this.#contexts }
    this.#crew = new Crew(
      this.#queue,
      {
        name: o.name,
        size: bounds,
        isolate: this.#contexts === undefined ? isolate : this.#contexts.bind(isolate),
        tasksPerIsolate,
        mostTasks: recycle.tasks ?? 0,
        mostBytes: recycle.bytes ?? 0,
        idleTimeout: o.idleTimeout ?? 10_000,
        prepare: prepareWith(this.#exports, o),
      },
      {
        pending: () => this.#pending,
        spawned: (isolate) => this.#spawned(isolate),
        left: (isolate, reason) => this.emit('exit', isolate, reason),
        broken: (error) => this.#broken(error),
      },
    )
    ;(this as EventEmitter).on('newListener', (event) => {
      if (event === 'error') for (const isolate of this.#crew.isolates) this.#listen(isolate)
    })
    this.#crew.fit()
  }

  /**
   * Has a function called in one of the isolates, or an export of the pool's module by its name, with copies of the arguments;
   * gives a copy of what it returns. A promise is awaited. A function travels by its source: of the variables around it, it sees none.
   *
   * @throws As `isolate.call`; PoolError when the pool does not take it; IsolateClosedError or MemoryLimitError when its
   * isolate ends.
   */
  run<A extends unknown[], R>(task: (...args: A) => R, args?: A, options?: PoolRunOptions): Promise<Awaited<R>>
  run<R = unknown>(task: string, args?: unknown[], options?: PoolRunOptions): Promise<R>
  // A task may take one more argument: the function of `onProgress`.
  run<R>(task: AnyFunction, args: unknown[], options: PoolRunOptions & { onProgress: object }): Promise<Awaited<R>>
  run(task: unknown, args?: unknown[], options?: PoolRunOptions): Promise<unknown> {
    if (args !== undefined) checkArguments(args)
    const o = options === undefined ? noOptions : checkRunOptions(options)
    const { signal } = o
    if (signal?.aborted) return Promise.reject(signal.reason)
    const retries = o.retries ?? this.#retries
    const isPlain = signal === undefined && this.#contexts === undefined
    if (isPlain && (retries === 0 || (o.transfer?.length ?? 0) > 0)) {
      const handle = this.#handle(task, o)
      try {
        return this.#post(handle, args ?? noArguments, o, false, false).then(this.#done, this.#fail)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    const submission = this.#submit(task, args ?? noArguments, o)
    if (signal !== undefined) submission.abortWith(signal)
    return submission.result
  }

  /**
   * Has the function called with each of the items, several at a time, and gives the results as they are asked for: items are
   * not read further ahead than `concurrency` says. Leaving the loop stops the tasks and closes the source.
   *
   * @example
   * ```ts
   * for await (const page of pool.map(urls, 'render', { concurrency: 8, ordered: false })) await save(page)
   * ```
   */
  map<T, R>(
    items: Iterable<T> | AsyncIterable<T>,
    task: (item: Awaited<T>) => R,
    options?: MapOptions,
  ): AsyncGenerator<Awaited<R>, void, undefined>
  map<R = unknown>(
    items: Iterable<unknown> | AsyncIterable<unknown>,
    task: string,
    options?: MapOptions,
  ): AsyncGenerator<R, void, undefined>
  map(
    items: Iterable<unknown> | AsyncIterable<unknown>,
    task: unknown,
    options?: MapOptions,
  ): AsyncGenerator<unknown, void, undefined> {
    return mapItems(items, options, this.#capacity, (item, o) => this.#submit(task, [item], o))
  }

  /** Tasks that have not ended. */
  get pending(): number {
    return this.#pending
  }

  get stats(): PoolStats {
    const { size, replaced, served } = this.#crew
    return { isolates: size, replaced, ...this.#ledger.figures(served * this.#tasksPerIsolate) }
  }

  /** Resolves when no task is left, at once when there is none. */
  drain(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  /** Takes no more tasks, does those it has, and ends its isolates. */
  close(): Promise<void> {
    this.#refusal ??= () => new PoolError('ERR_POOL_CLOSED', 'The pool is closed')
    this.#closing ??= this.drain().then(() => this.#crew.terminate())
    return this.#closing
  }

  /** Refuses what waits, stops what is being done, and ends the isolates: now. The reason becomes the `cause` of the errors. */
  async terminate(reason?: unknown): Promise<void> {
    const cause = reason === undefined ? undefined : { cause: reason }
    this.#refuse(() => new PoolError('ERR_POOL_CLOSED', 'The pool was terminated', cause))
    await this.#crew.terminate(reason)
  }

  [Symbol.dispose](): void {
    void this.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [inspect.custom](_depth: number, options: unknown): string {
    const { isolates, queued, running } = this.stats
    const state = this.#refusal === undefined ? 'open' : 'closed'
    return `Pool ${inspect({ state, isolates, queued, running }, options as object)}`
  }

  readonly #done = <T>(value: T): T => {
    this.#ledger.completed += 1
    this.#settled()
    return value
  }

  readonly #fail = (error: unknown): never => {
    this.#ledger.failed += 1
    this.#settled()
    throw error
  }

  #settled(): void {
    this.#pending -= 1
    this.#ledger.settled()
    if (this.#pending > 0) return
    const waiting = this.#drained
    this.#drained = []
    for (const resolve of waiting) resolve()
    this.emit('drain')
  }

  #handle(task: unknown, { module, filename, cpuTimeout }: PoolRunOptions): FunctionHandle {
    if (this.#isNode && cpuTimeout !== undefined) refuseForNode('cpuTimeout')
    if (typeof task === 'string') return this.#exports.handle(task, module)
    if (this.#maxSource !== Number.POSITIVE_INFINITY && typeof task === 'function') {
      checkSource(Function.prototype.toString.call(task), this.#maxSource)
    }
    return functions.handle(task, filename)
  }

  #submit(task: unknown, args: readonly unknown[], options: PoolRunOptions): Submission {
    const handle = this.#handle(task, options)
    return new Submission(
      this.#queue,
      (again) => this.#post(handle, args, options, true, again),
      this.#counts,
      options.retries ?? this.#retries,
    )
  }

  #post(
    handle: FunctionHandle,
    args: readonly unknown[],
    options: PoolRunOptions,
    cancellable: boolean,
    again: boolean,
  ): Promise<unknown> {
    if (this.#refusal !== undefined && (this.#over || !again)) throw this.#refusal()
    if (this.#pending >= this.#mostPending && !again) {
      throw new PoolError('ERR_POOL_FULL', `The pool is full: ${this.#pending} tasks wait or are being done`)
    }
    const { timeout = this.#timeout, cpuTimeout: cpu = this.#cpuTimeout, transfer, priority = 0, onProgress } = options
    const all = onProgress === undefined ? args : [...args, reporter(onProgress)]
    if (!again) this.#pending += 1
    try {
      // Before the task: it has to be the last request that was made.
      if (this.#pending > this.#crew.size * this.#tasksPerIsolate) this.#crew.fit()
      return native.callInPool(
        0,
        handle,
        limitOf(timeout, cancellable),
        cpu,
        all,
        transfer,
        Result.Copy,
        this.#queue,
        priority,
        cancellable,
        this.#maxMessage,
      )
    } catch (failure) {
      if (!again) this.#pending -= 1
      throw failure instanceof Failure ? failure.toError(undefined) : failure
    }
  }

  #spawned(isolate: Isolate): void {
    if (this.listenerCount('error') > 0) this.#listen(isolate)
    this.emit('spawn', isolate)
  }

  #listen(isolate: Isolate): void {
    isolate.on('error', (error, details) => this.emit('error', error, details, isolate))
  }

  #broken(error: PoolError): void {
    this.#refuse(() => new PoolError(error.code, error.message, { cause: error.cause }))
    void this.drain().then(() => this.#crew.terminate())
  }

  #refuse(refusal: () => PoolError): void {
    this.#refusal = refusal
    this.#over = true
    this.#crew.end()
    for (const ticket of native.clearPool(this.#queue)) native.refuseTask(ticket, refusal())
  }
}

const noArguments: readonly unknown[] = []
const noOptions: PoolRunOptions = {}
