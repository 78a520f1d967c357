import type { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { type ConsoleEntry, type ConsoleOption, writeConsole } from './console.js'
import { publishCreated } from './diagnostics.js'
import { type CloseReason, type IsolateError, invalidType } from './errors.js'
import { closedError, Failure } from './failure.js'
import type { FunctionHandle } from './functions.js'
import { provideModules } from './importing.js'
import type { Inspected } from './inspect/connection.js'
import {
  type CpuProfile,
  type CpuProfileOptions,
  type CpuProfiling,
  type CpuProfilingOptions,
  cpuProfile,
  profileChecks,
  startCpuProfile,
} from './inspect/profile.js'
import type { InspectorOptions, InspectorServer } from './inspect/server.js'
import { InspectorSession } from './inspect/session.js'
import { type HeapSnapshotOptions, heapSnapshot, snapshotChecks } from './inspect/snapshot.js'
import { Result } from './native.js'
import { type NestedIsolate, nestedIsolates } from './nested.js'
import { checkRuntime, refuseForNode } from './node/options.js'
import { startThread } from './node/thread.js'
import {
  checkArguments,
  checkSource,
  globalsObject,
  type IsolateOptions,
  optionChecks,
  type RunOptions,
  type RunSyncOptions,
} from './options.js'
import { RemoteReference } from './reference.js'
import { type Invoke, type InvokeOptions, invoke, openStream, type RemoteOptions } from './remote/invoke.js'
import { RemoteStream } from './remote/stream.js'
import type { AnyFunction } from './remote/types.js'
import { importThere, type RemoteModule, remoteModule } from './remote-module.js'
import { Requests } from './requests.js'
import { calls, collected, functions, native, print, type Residence, residences, tell } from './runtime.js'
import { withTopLevelAwait } from './script.js'
import { serving } from './serve/scripts.js'
import { checkOptions } from './shared/options.js'
import { defaultMaxIsolates, isIdentifier, limitOf } from './shared/requests.js'
import { type IsolateStats, limitStats, stateOf, statsOf } from './stats.js'
import { type ErrorListener, ErrorListeners, type UncaughtDetails } from './uncaught.js'
import { bootData } from './web/boot.js'
import { FetchDoor } from './web/fetch.js'

/**
 * A JavaScript runtime of its own inside this process: its own heap, its own globals, run by other threads.
 *
 * Calls to one isolate are done one after another, in the order they were made; different isolates run in parallel.
 * An isolate lives until it is closed, terminated, or nobody refers to it any more.
 *
 * @example
 * ```ts
 * import { Isolate } from 'isolates'
 *
 * const isolate = new Isolate({ memoryLimit: 64, timeout: 1000 })
 * console.log(await isolate.run('6 * 7')) // 42
 * console.log(await isolate.call((a, b) => a + b, [20, 22])) // 42
 * await isolate.close()
 * ```
 */
export class Isolate extends native.Handle implements Disposable, AsyncDisposable {
  readonly #id: number
  readonly #closed: Promise<CloseReason>
  readonly #residence: Residence
  readonly #requests: Requests
  readonly #console: ConsoleOption
  readonly #timeout: number
  readonly #cpuTimeout: number
  readonly #maxSource: number
  readonly #errorListeners = new ErrorListeners()
  /** Debuggers, which show what it prints. */
  readonly #printListeners = new Set<(method: string, text: string) => void>()

  /**
   * Returns at once: the heap is made when it is first used.
   *
   * @throws TypeError, RangeError for wrong options; NotShareableError for globals that cannot be copied.
   */
  constructor(options?: IsolateOptions) {
    super()
    const checked = checkOptions(options, optionChecks.isolate)
    checkRuntime(checked)
    const {
      runtime,
      name,
      memoryLimit,
      globals,
      console,
      modules,
      timeout = 0,
      cpuTimeout = 0,
      uncaughtErrors,
      expose,
      maxPendingCalls = 1024,
      maxQueue = Number.POSITIVE_INFINITY,
      maxSourceSize = Number.POSITIVE_INFINITY,
      maxMessageSize = Number.POSITIVE_INFINITY,
      maxTimers = Number.POSITIVE_INFINITY,
      maxConsoleOutput = Number.POSITIVE_INFINITY,
      fetch = false,
      maxIsolates = defaultMaxIsolates,
    } = checked
    const limit = (memoryLimit ?? 0) * 2 ** 20
    const ends = uncaughtErrors === 'close'
    const imported = modules === undefined || runtime === 'node' ? undefined : provideModules(modules, maxSourceSize)
    const door = fetch === false ? undefined : new FetchDoor(fetch)
    let thread: Residence['thread']
    try {
      if (runtime === 'node') {
        thread = startThread(this, checked)
        this.#id = thread.id
      } else {
        const boot = bootData(expose, door, serving in checked)
        const guest = [maxPendingCalls, maxQueue, maxMessageSize, maxTimers, maxConsoleOutput] as const
        this.#id = native.create(this, name, limit, globals, timeout, cpuTimeout, ends, boot, maxIsolates, guest)
      }
    } catch (failure) {
      throw failure instanceof Failure ? failure.toError(undefined) : failure
    }
    if (imported !== undefined) calls.provide('modules', imported.service, this.#id)
    this.#console = console ?? 'inherit'
    this.#timeout = timeout
    this.#cpuTimeout = cpuTimeout
    this.#maxSource = maxSourceSize
    let resolveClosed: Residence['resolveClosed'] = () => {}
    this.#closed = new Promise((resolve) => {
      resolveClosed = resolve
    })
    if (door !== undefined) void this.#closed.then(() => door.close())
    this.#residence = {
      name: name ?? `isolate-${this.#id}`,
      handle: new WeakRef(this),
      stats: limitStats.bind(undefined, this.#id),
      mapStack: imported?.mapStack,
      resolveClosed,
      thread,
      exitCode: undefined,
      closing: false,
      cause: undefined,
      error: undefined,
      kind: undefined,
    }
    this.#requests = new Requests(this.#id, this.#residence)
    residences.set(this.#id, this.#residence)
    collected.register(this, this.#id)
    publishCreated(this)
  }

  /** More than 0, and never used twice in a process. */
  get id(): number {
    return this.#id
  }

  get name(): string {
    return this.#residence.name
  }

  /** Resolves when the isolate is gone and its memory given back; never rejects. */
  get closed(): Promise<CloseReason> {
    return this.#closed
  }

  /** The isolates of this thread and those that their guests made, without the closed ones, in order of creation. */
  static all(): (Isolate | NestedIsolate)[] {
    const own = [...residences.values()].map((residence) => residence.handle.deref())
    const live = own.filter((isolate): isolate is Isolate => isolate !== undefined && isolate.state !== 'closed')
    return [...live, ...nestedIsolates()].sort((one, other) => one.id - other.id)
  }

  /** The isolate that the calling code runs in: null here, since this is the host. In a guest see the global `isolates`. */
  static get current(): Isolate | null {
    return null
  }

  /** `running` while it has work to do, `closed` from the moment it was told to end. */
  get state(): 'idle' | 'running' | 'closed' {
    return stateOf(this.#id)
  }

  /**
   * Runs a script and gives a copy of its completion value; a promise is awaited first, and `await` may stand at the top
   * level. What the script declares stays for later ones.
   *
   * @throws RemoteError what the script throws, syntax errors included; TimeoutError, MemoryLimitError,
   * IsolateClosedError; NotShareableError for a value that cannot be copied; the signal's reason.
   */
  run<T = unknown>(source: string, options?: RunOptions): Promise<T> {
    return this.#run(source, options, Result.Copy) as Promise<T>
  }

  #run(source: string, options: RunOptions | undefined, result: Result): Promise<unknown> {
    checkSource(source, this.#maxSource)
    const o = checkOptions(options, optionChecks.run)
    const script = withTopLevelAwait(source, o.columnOffset ?? 0)
    const timeout = this.#timeOf(o)
    const cpu = this.#cpuOf(o)
    return this.#requests.post(o.signal, () =>
      native.run(
        this.#id,
        script.source,
        o.filename ?? 'isolate:run',
        o.lineOffset ?? 0,
        script.columnOffset,
        o.globals,
        timeout,
        cpu,
        o.transfer,
        result,
      ),
    )
  }

  /**
   * Runs a script on the calling thread, after waiting for its turn if the isolate is busy.
   *
   * @throws As `run`; IsolateError with code `ERR_PENDING_PROMISE` when the value is a promise that has not settled.
   */
  runSync<T = unknown>(source: string, options?: RunSyncOptions): T {
    checkSource(source, this.#maxSource)
    const o = checkOptions(options, optionChecks.runSync)
    const script = withTopLevelAwait(source, o.columnOffset ?? 0)
    const filename = o.filename ?? 'isolate:run'
    const timeout = o.timeout ?? this.#timeout
    const cpu = this.#cpuOf(o)
    const line = o.lineOffset ?? 0
    try {
      return native.runSync(
        this.#id,
        script.source,
        filename,
        line,
        script.columnOffset,
        o.globals,
        timeout,
        cpu,
        o.transfer,
      ) as T
    } catch (failure) {
      throw this.#requests.toError(failure)
    }
  }

  /**
   * Calls a function in the isolate with copies of the arguments, and gives a copy of what it returns; a promise is awaited. The
   * function travels by its source: of the variables around it, it sees none.
   *
   * @throws As `run`; TypeError for functions without a source (native, bound) and for classes and generators.
   */
  call<A extends unknown[], R>(fn: (...args: A) => R, args?: A, options?: RunOptions): Promise<Awaited<R>> {
    return this.#call(fn, args, options, Result.Copy) as Promise<Awaited<R>>
  }

  #call(fn: unknown, args: unknown, options: RunOptions | undefined, result: Result): Promise<unknown> {
    if (args !== undefined) checkArguments(args)
    const o = options === undefined ? noOptions : checkOptions(options, optionChecks.call)
    const handle = this.#handle(fn, o.filename)
    const timeout = this.#timeOf(o)
    const cpu = this.#cpuOf(o)
    // As Requests.post, without a closure: of these a hundred thousand may be on their way.
    try {
      this.#requests.admit(o.signal)
      const given = (args as unknown[] | undefined) ?? noArguments
      return this.#requests.begun(native.call(this.#id, handle, timeout, cpu, given, o.transfer, result), o.signal)
    } catch (failure) {
      return Promise.reject(this.#requests.toError(failure))
    }
  }

  #handle(fn: unknown, filename: string | undefined): FunctionHandle {
    if (this.#maxSource !== Number.POSITIVE_INFINITY && typeof fn === 'function') {
      checkSource(Function.prototype.toString.call(fn), this.#maxSource)
    }
    return functions.handle(fn, filename)
  }

  #timeOf({ timeout = this.#timeout, signal }: { timeout?: number; signal?: AbortSignal }): number {
    return limitOf(timeout, signal !== undefined)
  }

  #cpuOf({ cpuTimeout }: { cpuTimeout?: number }): number {
    if (cpuTimeout === undefined) return this.#cpuTimeout
    if (this.#residence.thread !== undefined) refuseForNode('cpuTimeout')
    return cpuTimeout
  }

  /**
   * Calls a function on the calling thread, after waiting for its turn if the isolate is busy. The fastest way in:
   * under a microsecond for numbers.
   *
   * @throws As `call`; IsolateError with code `ERR_PENDING_PROMISE` when the value is a promise that has not settled.
   */
  callSync<A extends unknown[], R>(fn: (...args: A) => R, args?: A, options?: RunSyncOptions): Awaited<R> {
    if (args !== undefined) checkArguments(args)
    const o = options === undefined ? noOptions : checkOptions(options, optionChecks.callSync)
    const handle = this.#handle(fn, o.filename)
    const cpu = this.#cpuOf(o)
    try {
      const timeout = o.timeout ?? this.#timeout
      return native.callSync(this.#id, handle, timeout, cpu, args ?? noArguments, o.transfer) as Awaited<R>
    } catch (failure) {
      throw this.#requests.toError(failure)
    }
  }

  /**
   * Imports a module in the isolate: see its option `modules`. The module's functions are asynchronous here, with copies of
   * arguments and results; its other exports are copies.
   *
   * @param specifier As in an `import` of a script: relative to the root.
   * @throws As `run`; a RemoteError with code `ERR_MODULE_NOT_FOUND` and its like for what cannot be imported.
   *
   * @example
   * ```ts
   * const isolate = new Isolate({ modules: { sources: { math: 'export const square = (n) => n * n' } } })
   * const math = await isolate.import('math')
   * console.log(await math.square(12)) // 144
   * ```
   */
  // biome-ignore lint/suspicious/noExplicitAny: what a module exports is known to its caller alone
  import<M = Record<string, any>>(specifier: string | URL, options?: RemoteOptions): Promise<RemoteModule<M>> {
    if (typeof specifier !== 'string' && !(specifier instanceof URL)) {
      throw invalidType('specifier', 'a string or a URL', specifier)
    }
    return this.#import(String(specifier), checkOptions(options, optionChecks.remote)) as Promise<RemoteModule<M>>
  }

  async #import(specifier: string, options: RemoteOptions): Promise<RemoteModule> {
    const ask: Invoke = (...asked) => this[invoke](...asked)
    const description = await ask(importThere, [specifier], options, Result.Reference)
    return await remoteModule(this.#reference(description as number), ask, options)
  }

  /**
   * Copies properties into the isolate as global variables; when one of them cannot be copied, none is.
   *
   * @throws NotShareableError, IsolateClosedError.
   */
  set(globals: Record<string, unknown>): Promise<void> {
    globalsObject('globals', globals)
    return this.#requests.post(undefined, () => native.set(this.#id, globals))
  }

  /**
   * A copy of a global variable, also of those that `let`, `const` and `class` declare; undefined when there is none.
   *
   * @throws NotShareableError, IsolateClosedError.
   */
  get<T = unknown>(name: string): Promise<T> {
    if (typeof name !== 'string') throw invalidType('name', 'a string', name)
    return this.#requests.post(undefined, () => native.get(this.#id, name, isIdentifier(name)))
  }

  /**
   * A reference to the value of a script, or to what a function returns there: to use it without copying it.
   *
   * @throws As `run` and `call`.
   *
   * @example
   * ```ts
   * using parser = await isolate.ref('new Parser()')
   * using parse = await isolate.ref((parser) => parser.parse.bind(parser), [parser])
   * console.log(await parse.call(['1 + 1']))
   * ```
   */
  ref<T = unknown>(source: string, options?: RunOptions): Promise<RemoteReference<T>>
  ref<A extends unknown[], R>(
    fn: (...args: A) => R,
    args?: { [Index in keyof A]: A[Index] | RemoteReference },
    options?: RunOptions,
  ): Promise<RemoteReference<Awaited<R>>>
  ref(what: unknown, ...rest: unknown[]): Promise<RemoteReference> {
    return this.#refer(
      typeof what === 'string'
        ? this.#run(what, rest[0] as RunOptions, Result.Reference)
        : this.#call(what, rest[0], rest[1] as RunOptions, Result.Reference),
    )
  }

  async #refer(description: Promise<unknown>): Promise<RemoteReference> {
    return this.#reference((await description) as number)
  }

  stats(): IsolateStats {
    return statsOf(this.#id)
  }

  /**
   * Finds out where the isolate spends its time, also when it is busy: what runs goes on meanwhile, and loops without an end
   * are seen.
   *
   * @throws IsolateClosedError, MemoryLimitError when the isolate ends first; the signal's reason.
   *
   * @example
   * ```ts
   * const isolate = new Isolate()
   * const busy = isolate.run('let sum = 0; for (let i = 0; i < 5e8; i++) sum += i')
   * await writeFile('guest.cpuprofile', JSON.stringify(await isolate.cpuProfile({ duration: 200 })))
   * await busy
   * ```
   */
  async cpuProfile(options?: CpuProfileOptions): Promise<CpuProfile> {
    return await cpuProfile(this.#requests, checkOptions(options, profileChecks.profile), this.#closed)
  }

  /**
   * As `cpuProfile`, until it is told to stop. Resolves when sampling has begun.
   *
   * @throws IsolateClosedError, MemoryLimitError.
   *
   * @example
   * ```ts
   * const profiling = await isolate.startCpuProfile()
   * await isolate.call(work)
   * const profile = await profiling.stop()
   * ```
   */
  async startCpuProfile(options?: CpuProfilingOptions): Promise<CpuProfiling> {
    return await startCpuProfile(this.#requests, checkOptions(options, profileChecks.profiling))
  }

  /**
   * All that is in the isolate's heap, as the text of a file for DevTools; its name ends with `.heapsnapshot`. What runs in the
   * isolate stands still while it is taken, which does not count for its limits, and goes on before it is read. Until then it
   * takes memory of this process, more than the heap itself has, and none of the isolate's.
   *
   * @throws IsolateClosedError, MemoryLimitError when the isolate ends first; the signal's reason.
   *
   * @example
   * ```ts
   * await pipeline(await isolate.heapSnapshot(), createWriteStream('guest.heapsnapshot'))
   * ```
   */
  async heapSnapshot(options?: HeapSnapshotOptions): Promise<Readable> {
    return await heapSnapshot(this.#requests, checkOptions(options, snapshotChecks))
  }

  /**
   * Attaches a session of the Chrome DevTools protocol, for programs: breakpoints, steps, evaluation in the midst of what runs.
   * What `runSync` and `callSync` run on this thread is not paused, since nobody could have it go on.
   *
   * @throws IsolateClosedError; IsolateError with code `ERR_INSPECTOR_UNAVAILABLE` with `runtime: 'node'`, which is inspected with
   * Node's own inspector.
   */
  inspector(): InspectorSession {
    return new InspectorSession(this.#inspected())
  }

  /**
   * Opens a port for debuggers: Chrome (chrome://inspect), VS Code, `node inspect <host>:<port>`. Keeps no process alive.
   *
   * @throws As `inspector()`; Error when the port is taken.
   *
   * @example
   * ```ts
   * const server = await isolate.openInspector({ port: 9230 })
   * console.log(`open ${server.devtoolsUrl} in Chrome, or: node inspect ${server.host}:${server.port}`)
   * await server.attached
   * await isolate.run(source, { filename: '/app/guest.js' })
   * ```
   */
  async openInspector(options?: InspectorOptions): Promise<InspectorServer> {
    const checked = checkOptions(options, optionChecks.inspector)
    const { openInspector } = require('./inspect/server.js') as typeof import('./inspect/server.js')
    return await openInspector(this.#inspected(), checked)
  }

  #inspected(): Inspected {
    return {
      id: this.#id,
      residence: this.#residence,
      closed: this.#closed,
      onPrint: (listener) => {
        this.#printListeners.add(listener)
        return () => this.#printListeners.delete(listener)
      },
      closedError: () => {
        this.#residence.kind ??= native.stopped(this.#id)
        return closedError(this.#residence)
      },
    }
  }

  /**
   * Stops what runs, now, and closes: queued calls reject with an IsolateClosedError whose `cause` is the reason.
   * Works at any moment; a second time it does nothing.
   */
  terminate(reason?: unknown): void {
    if (this.state === 'closed') return
    this.#residence.cause = reason
    native.terminate(this.#id)
    this.#residence.thread?.terminate()
  }

  /**
   * Has the listener told of each error in the isolate that no call ends with: thrown by a timer's callback, or in a
   * promise that nobody waits for. While there is no listener, they are printed by the isolate's console.
   *
   * @example
   * ```ts
   * isolate.on('error', (error, { kind }) => console.log(kind, error.message)) // uncaughtException late
   * await isolate.run("setTimeout(() => { throw new Error('late') }, 10)")
   * ```
   */
  on(event: 'error', listener: ErrorListener): this {
    this.#errorListeners.add(event, listener, false)
    return this
  }

  /** As `on`, for the next error only. */
  once(event: 'error', listener: ErrorListener): this {
    this.#errorListeners.add(event, listener, true)
    return this
  }

  /** Ends what `on` or `once` began. */
  off(event: 'error', listener: ErrorListener): this {
    this.#errorListeners.remove(event, listener)
    return this
  }

  /**
   * Waits for what goes on in the isolate, then gives its memory back: calls, those included whose promise can still
   * settle, and timers; an interval that nobody clears keeps it open. New calls are refused meanwhile, and the process
   * does not end. A second call waits for the first.
   */
  async close(): Promise<void> {
    if (!this.#residence.closing && this.state !== 'closed') {
      this.#residence.closing = true
      native.close(this.#id)
    }
    await this.#closed
  }

  [Symbol.dispose](): void {
    this.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [inspect.custom](_depth: number, options: unknown): string {
    const { id, name, state } = this
    return `Isolate ${inspect({ id, name, state }, options as object)}`
  }

  /** @internal */
  [invoke](script: AnyFunction, args: readonly unknown[], options: InvokeOptions, result: Result): Promise<unknown> {
    const handle = functions.handle(script, undefined)
    const timeout = this.#timeOf(options)
    const cpu = this.#cpuOf(options)
    return this.#requests.post(options.signal, () =>
      native.call(this.#id, handle, timeout, cpu, args, options.transfer, result),
    )
  }

  /** @internal */
  [openStream](description: number): RemoteStream {
    const keep = (each: number): RemoteReference => this.#reference(each)
    return new RemoteStream((...asked) => this[invoke](...asked), keep, keep(description))
  }

  #reference(description: number): RemoteReference {
    return new RemoteReference(this.#id, description, (...asked) => this[invoke](...asked))
  }

  /** @internal */
  [tell](error: IsolateError, details: UncaughtDetails): boolean {
    return this.#errorListeners.tell(error, details)
  }

  /** @internal */
  [print](entry: ConsoleEntry): void {
    for (const listener of this.#printListeners) listener(entry.method, entry.text)
    if (this.#console === 'inherit') writeConsole(entry)
    else if (this.#console !== 'ignore') this.#console(entry)
  }
}

const noArguments: readonly unknown[] = []
const noOptions: RunOptions = {}
