import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { loadAddon } from './addon.js'
import type { ErrorCode } from './codes.js'
import { consoleDialect } from './console.js'
import type { CloseReason } from './errors.js'
import type { FunctionHandle } from './functions.js'
import type { HttpNatives } from './serve/natives.js'
import type { Answer } from './shared/answer.js'
import type { SharedNatives } from './shared/natives.js'

/** What a failed request is made an error of: see `Failure`. */
export type FailureParts = [
  isolate: number,
  code: ErrorCode,
  thrown: unknown,
  where: string,
  what: string,
  notAnError: boolean,
]

/**
 * How the result of a call comes back. A reference is one number: eight times that of the value, plus its type in the
 * order of lib/reference.ts.
 */
export const Result = {
  Copy: 0,
  Reference: 1,
  /** A copy; of an asynchronous iterable or a generator what `makeStream` makes of a reference. */
  Stream: 2,
} as const
export type Result = (typeof Result)[keyof typeof Result]

/** A line of tasks that several isolates do: see native/engine/task_pool.h. */
export interface PoolHandle {
  readonly brand: unique symbol
}

/** The functions of this side that the addon calls. */
export interface Callbacks {
  /**
   * One after another: id and kind of an isolate that ended; id, stream, method, text of console output and the name of the
   * isolate that printed it, which may be one below that of the id; id, 'uncaught', the kind and the parts of a failure
   * that was nobody's, without their first; id, 'call', number, function, arguments and place of a signal; id, 'abort' and
   * number; function and 'drop'; id and 'retired'.
   */
  deliver(batch: unknown[]): void
  /** What a synchronous request that failed throws. */
  makeFailure(...parts: FailureParts): unknown
  /** A promise that will be rejected with the error for a request that failed. */
  fail(...parts: FailureParts): Promise<never>
}

/**
 * The addon. Arguments are positional and validated by the caller; `id` is an isolate's. Requests return a promise, or
 * undefined when the isolate is closed. A timeout of 0 means none. Values that cannot be encoded are thrown as what
 * `makeFailure` makes of them.
 */
export interface Native extends HttpNatives {
  /** What handles derive from, so that none is taken for an object that can be copied. */
  Handle: new () => object
  /** Where the guest's libraries are; the first word of a process counts. Before everything else. */
  locateLibraries(directory: string): void
  initialize(
    guestRuntime: string,
    nodeSnapshot: boolean,
    mainThread: boolean,
    deliver: Callbacks['deliver'],
    makeFailure: Callbacks['makeFailure'],
    fail: Callbacks['fail'],
  ): void
  /** `boot` is for the runtime in the guest: see BootData in lib/guest/remote.ts. */
  create(
    handle: object,
    name: string | undefined,
    memoryLimit: number,
    globals: object | undefined,
    timeout: number,
    cpuTimeout: number,
    endsOnError: boolean,
    boot: object | undefined,
    maxIsolates: number,
    limits: readonly [
      maxPendingCalls: number,
      maxQueue: number,
      maxMessageSize: number,
      maxTimers: number,
      maxConsoleOutput: number,
    ],
  ): number
  run(
    id: number,
    source: string,
    filename: string,
    line: number,
    column: number,
    globals: object | undefined,
    timeout: number,
    cpuTimeout: number,
    transfer: ArrayBuffer[] | undefined,
    result: Result,
  ): Promise<unknown> | undefined
  runSync(
    id: number,
    source: string,
    filename: string,
    line: number,
    column: number,
    globals: object | undefined,
    timeout: number,
    cpuTimeout: number,
    transfer: ArrayBuffer[] | undefined,
  ): unknown
  makeFunction(source: string, filename: string): FunctionHandle
  call(
    id: number,
    fn: FunctionHandle,
    timeout: number,
    cpuTimeout: number,
    args: readonly unknown[],
    transfer: ArrayBuffer[] | undefined,
    result: Result,
  ): Promise<unknown> | undefined
  callSync(
    id: number,
    fn: FunctionHandle,
    timeout: number,
    cpuTimeout: number,
    args: readonly unknown[],
    transfer: ArrayBuffer[] | undefined,
  ): unknown
  /**
   * On this thread when nobody has the isolate's turn now, else on another. The value when it ended within this call, otherwise
   * a promise. Also that the isolate is closed is thrown.
   */
  callAtOnce(
    id: number,
    fn: FunctionHandle,
    timeout: number,
    cpuTimeout: number,
    args: readonly unknown[],
    transfer: ArrayBuffer[] | undefined,
  ): unknown
  set(id: number, globals: object): Promise<unknown> | undefined
  get(id: number, name: string, isIdentifier: boolean): Promise<unknown> | undefined
  /** Names the request that was made last, for `abort`. */
  lastTicket(): number
  /** Rejects the request's promise with the reason, and stops it. */
  abort(id: number, ticket: number, reason: unknown): void
  terminate(id: number): void
  close(id: number): void
  /** How the isolate was told to end; undefined when it was not, or when it is gone. */
  stopped(id: number): CloseReason['kind'] | undefined
  /** Hands over, now, what isolates have printed and the errors that they have told of. */
  takeUrgent(): void
  /** Id, name and parent's id, in turns, of those that guests of this thread's isolates made and that are not closed. */
  nested(): (number | string)[]
  /** 0 idle, 1 running, 2 closed. */
  state(id: number): 0 | 1 | 2
  /**
   * Undefined once the isolate is closed. When `known`, V8 is not asked, and nothing waited for. As `state` and `terminate`, for
   * nested ones too.
   */
  stats(
    id: number,
    known?: boolean,
  ):
    | [
        heapUsed: number,
        heapTotal: number,
        heapLimit: number,
        external: number,
        cpuMs: number,
        wallMs: number,
        calls: number,
        errors: number,
        queued: number,
        waitMs: number,
        channels: number,
        channelBytes: number,
        storeBytes: number,
        sharedBytes: number,
      ]
    | undefined
  /** Sums over the isolates of the process that are not closed. */
  processStats(): [
    isolates: number,
    heapUsed: number,
    external: number,
    cpuMs: number,
    wallMs: number,
    calls: number,
    errors: number,
    queued: number,
    waitMs: number,
    channels: number,
    channelBytes: number,
    storeBytes: number,
    sharedBytes: number,
    threads: number,
  ]
  /** What lib/shared is built on; a new object each time. */
  shared(): SharedNatives
  connectRemote(
    exportValue: (value: object, isolate: number) => number | undefined,
    makeStream: (isolate: number, reference: number) => unknown,
  ): void
  /** Throws what `makeFailure` makes when the value cannot be encoded. Nothing happens to a call that has ended. */
  answer(id: number, call: number, kind: Answer, value: unknown): void
  dropReference(id: number, reference: number): void
  /**
   * Opens a listening socket; a descriptor, or an error number of libuv below 0. So do `duplicate`, whose descriptor stands for
   * the same socket and is closed by itself, and `portOf`.
   */
  listen(address: string, port: number, backlog: number, onlyIPv6: boolean): number
  duplicate(descriptor: number): number
  closeDescriptor(descriptor: number): void
  portOf(descriptor: number): number
  /** As `create`, for an isolate that is a Node environment; its thread is the caller's to start. */
  createNode(
    handle: object,
    name: string | undefined,
    globals: object | undefined,
    timeout: number,
    endsOnError: boolean,
    boot: object | undefined,
    maxPendingCalls: number,
    memoryLimit: number,
  ): number
  /** Whether this thread stands still until that isolate, which has a thread of its own, has answered. */
  isWaitingFor(id: number): boolean
  /** That thread is gone. */
  nodeGone(id: number, outOfMemory: boolean): void
  /**
   * On that thread, once: makes it the isolate's. Gives what lib/guest/remote.ts is built on, or undefined when the
   * isolate was told to end. Scripts of the host import as `like` does, from `base` where they have no file.
   */
  attachNode(id: number, like: (...args: never[]) => void, base: string): object | undefined
  /** Defines the isolate's globals, and begins with what it was asked. */
  startNode(): void
  /** Output of the isolate; `isLine` when it ends with a line break, which is left out. */
  printNode(toStderr: boolean, isLine: boolean, text: string): void
  uncaughtNode(isRejection: boolean, error: unknown): void
  makePool(): PoolHandle
  /**
   * As `call`, by whichever isolate of the pool is free first, all of which have the same `maxMessageSize`. The higher the
   * priority, the sooner.
   */
  callInPool(
    id: 0,
    fn: FunctionHandle,
    timeout: number,
    cpuTimeout: number,
    args: readonly unknown[],
    transfer: ArrayBuffer[] | undefined,
    result: Result,
    pool: PoolHandle,
    priority: number,
    mayBeCancelled: boolean,
    maxMessageSize: number,
  ): Promise<unknown>
  /** 0 for no limit. False when the isolate is closed. */
  joinPool(pool: PoolHandle, id: number, tasksAtATime: number, mostTasks: number, mostBytes: number): boolean
  /** It gets no more tasks. True when it has none any more; else 'retired' is delivered when the last has ended. */
  retireFromPool(pool: PoolHandle, id: number): boolean
  /** Rejects the promise of a task that may be cancelled, and takes it out of the line or stops it. */
  cancelInPool(pool: PoolHandle, ticket: number, reason: unknown): void
  /** Empties the line; each ticket is then to be given to `refuseTask`. */
  clearPool(pool: PoolHandle): number[]
  refuseTask(ticket: number, reason: unknown): void
  /** The ticket of the task that an isolate has; -1 when it has none, or several. */
  taskInPool(pool: PoolHandle, id: number): number
  poolLoad(pool: PoolHandle): [queued: number, running: number]
  /** The isolates that have had nothing to do for so many milliseconds, those first that rest longest. */
  idleInPool(pool: PoolHandle, milliseconds: number): number[]
  /** How long tasks have waited and run since the last call, in turn, in nanoseconds. */
  poolSamples(pool: PoolHandle): number[]
  /** Of nested isolates, too. Does not wait for what runs there. Resolves to a number for the next. */
  startCpuProfile(id: number, microseconds: number): Promise<unknown> | undefined
  /** Resolves to buffers: the text of a `.cpuprofile` file in pieces; none of them for a number that was stopped before. */
  stopCpuProfile(id: number, profile: number): Promise<unknown> | undefined
  /** As before, of a `.heapsnapshot` file. */
  heapSnapshot(id: number, exposeInternals: boolean, exposeNumericValues: boolean): Promise<unknown> | undefined
  /** A number for a session, or 0 where this V8's inspector is not known. */
  newInspectorSession(): number
  /** Messages then come as calls of the service `inspector`. */
  connectInspector(id: number, session: number, name: string): Promise<unknown> | undefined
  /** In order. False when the isolate is closed. */
  dispatchToInspector(id: number, session: number, message: string): boolean
  disconnectInspector(id: number, session: number): boolean
  prewarm(count: number, memoryLimit: number): Promise<void>
  /** Delivers at once what has arrived. */
  drain(): void
  setExitCode(code: number): void
  snapshotState(): 'unavailable' | 'building' | 'ready' | 'failed'
  /** Nanoseconds that V8 alone takes to start, run and end an isolate; for benchmarks. */
  floorStartup(count: number): number[]
}

/** Loads the addon and ties it to this thread. Every thread has its own. */
export function loadNative({ deliver, makeFailure, fail }: Callbacks): Native {
  const native = loadAddon() as Native
  native.locateLibraries(join(__dirname, 'guest'))
  native.initialize(guestRuntime(), runsFromNodeSnapshot(), isMainThread, deliver, makeFailure, fail)
  // What a guest has printed is printed, however the process ends.
  process.on('exit', (code) => {
    native.setExitCode(code)
    native.drain()
  })
  return native
}

/** A script whose value takes the engine's functions: the bundle of lib/guest, told how this Node prints. */
function guestRuntime(): string {
  const bundle = readFileSync(join(__dirname, 'guest.js'), 'utf8').trimEnd().replace(/;$/, '')
  return `((boot)=>(native)=>boot(native,${JSON.stringify(consoleDialect())}))(${bundle})`
}

/**
 * Isolates must start from the snapshot that Node itself started from. Without it (`--no-node-snapshot`) the process
 * has V8's own, and an isolate from Node's would read wrong strings.
 */
function runsFromNodeSnapshot(): boolean {
  const flags = [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv]
  const last = flags.map((flag) => flag.replaceAll('_', '-')).findLast((flag) => /^--(no-)?node-snapshot$/.test(flag))
  return last !== '--no-node-snapshot'
}
