import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { loadAddon } from './addon.js'
import type { ErrorCode } from './codes.js'
import { consoleDialect } from './console.js'
import type { CloseReason } from './errors.js'
import type { FunctionHandle } from './functions.js'
import type { InspectNatives } from './inspect/natives.js'
import type { NodeNatives } from './node/natives.js'
import type { PoolNatives } from './pool/natives.js'
import { ownsRecompilation, ownsWasmTiering, runsFromNodeSnapshot } from './process-flags.js'
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
export interface Native extends HttpNatives, InspectNatives, NodeNatives, PoolNatives {
  /** What handles derive from, so that none is taken for an object that can be copied. */
  Handle: new () => object
  /** Where the guest's libraries are; the first word of a process counts. Before everything else. */
  locateLibraries(directory: string): void
  /** Whether no thread of this process has given the guest runtime yet. */
  needsGuestRuntime(): boolean
  /** @param guestRuntime Of the process: the first one counts. */
  initialize(
    guestRuntime: string | undefined,
    nodeSnapshot: boolean,
    mainThread: boolean,
    ownsRecompilation: boolean,
    ownsWasmTiering: boolean,
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
   * In the order of lib/shared/figures.ts; undefined once the isolate is closed. When `known`, V8 is not asked, and nothing
   * waited for. As `state` and `terminate`, for nested ones too.
   */
  stats(id: number, known?: boolean): readonly number[] | undefined
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
  native.initialize(
    native.needsGuestRuntime() ? guestRuntime() : undefined,
    runsFromNodeSnapshot(),
    isMainThread,
    ownsRecompilation(),
    ownsWasmTiering(),
    deliver,
    makeFailure,
    fail,
  )
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
