import { types } from 'node:util'
import type { ConsoleOption } from './console.js'
import { invalidType, outOfRange } from './errors.js'
import { type ModuleOptions, moduleOptions } from './modules/options.js'
import { environment, flags, list, type NodeOptions, runtimeOption } from './node/options.js'
import { hostFunctions } from './remote/expose.js'
import type { HostFunctions } from './remote/types.js'
import {
  abortSignal,
  type Check,
  type Checks,
  count,
  milliseconds,
  positive,
  text,
  transferList,
} from './shared/options.js'
import { functionSource, globalsObject, isolateCount, isolateName, mebibytes, offset } from './shared/requests.js'
import { type FetchFunction, fetchOption } from './web/fetch.js'

export { checkArguments, checkSource, globalsObject } from './shared/requests.js'

/** What `new Isolate()` takes. */
export interface IsolateOptions extends NodeOptions {
  /**
   * What the code in it finds: `'bare'` is the language, the web platform and what this package gives; `'node'` is all of
   * Node, on a thread of its own (docs/node.md). Default: `'bare'`.
   */
  runtime?: 'bare' | 'node'
  /** For messages and `inspect`. Default: `isolate-<id>`. */
  name?: string
  /**
   * Most memory that its heap and its buffers may each take, in MiB; at least 8. An isolate that outgrows it ends with
   * a `MemoryLimitError`. Default: V8's own limit for this machine.
   */
  memoryLimit?: number
  /** Copied into the isolate as global variables before its first code runs. */
  globals?: Record<string, unknown>
  /** Where `console` in the isolate prints. Default: `'inherit'`, the stdout and stderr of this process. */
  console?: ConsoleOption
  /**
   * What the code in it may import. Default: the module `isolates` only. With `runtime: 'node'` there is only `root`, where
   * imports begin. Default: the working directory.
   */
  modules?: ModuleOptions
  /**
   * Default `timeout` of each run and call, in milliseconds, and the longest that anything may run which nobody calls:
   * callbacks of timers, and what goes on when a promise has settled. Isolates that its code makes have no more. With
   * `runtime: 'node'` see docs/node.md. Default: none.
   */
  timeout?: number
  /**
   * Default `cpuTimeout` of each run and call, in milliseconds, and the most CPU time that anything may take at a time which
   * nobody calls. Isolates that its code makes have no more. Only for bare isolates. Default: none.
   */
  cpuTimeout?: number
  /**
   * Most isolates that may be alive at once below this one: those its code makes, and those that these make. Their
   * `memoryLimit`s add up to this one's at most; where none is given, they have a quarter of it. 0 forbids them. Only for bare
   * isolates. Default: 16.
   */
  maxIsolates?: number
  /**
   * Functions of this thread that the guest finds as globals: asynchronous there, but for `{ sync: fn }`. Arguments and
   * results are copied, as everywhere. Default: none.
   *
   * @example
   * ```ts
   * new Isolate({ expose: { fetchUser: async (id: number) => users.get(id), now: { sync: () => Date.now() } } })
   * ```
   */
  expose?: HostFunctions
  /**
   * Most calls of the guest's that may be under way to this thread at a time; further ones wait in the guest until some
   * are answered. They also wait while those under way have more than 16 MiB of arguments. Default: 1024.
   */
  maxPendingCalls?: number
  /**
   * Most calls to the isolate that may be without an answer at a time, those that run included; further ones reject with
   * the code `ERR_QUEUE_FULL`. Synchronous calls do not count. Only for bare isolates. Default: Infinity.
   */
  maxQueue?: number
  /**
   * Most characters of a script, of a function that is called, and of each module that is imported. What is longer is refused
   * with the code `ERR_SOURCE_TOO_BIG`. What the guest itself compiles counts as its memory. Only for bare
   * isolates. Default: Infinity.
   */
  maxSourceSize?: number
  /**
   * Most bytes that one value may take on its way in or out: arguments together, results, globals, what goes to the host's
   * functions and their answers, and what the guest sends to channels. What is larger is refused with the code
   * `ERR_MESSAGE_TOO_BIG`; with this option values are counted, which costs up to half of the speed of large plain ones.
   * Only for bare isolates. Default: Infinity.
   */
  maxMessageSize?: number
  /**
   * Most timers and immediates that the guest may have at a time; a further one throws a `RangeError` there, with the code
   * `ERR_TIMER_LIMIT`. Only for bare isolates. Default: Infinity.
   */
  maxTimers?: number
  /**
   * Most bytes that the guest may print in its life. What follows is dropped, after a note to its stderr. Only for bare isolates.
   * Default: Infinity; what waits to be printed is bounded anyway.
   */
  maxConsoleOutput?: number
  /**
   * Gives the guest the global `fetch`: `true` is this process's own, with all it can reach; a function answers the
   * guest's requests itself, or hands on those it allows. Bodies stream into the guest as they are read. Default: false,
   * there is no `fetch`. Only for bare isolates: Node has its own.
   *
   * @example
   * ```ts
   * new Isolate({ fetch: (request) => (new URL(request.url).host === 'api.example.com' ? fetch(request) : Response.error()) })
   * ```
   */
  fetch?: boolean | FetchFunction
  /**
   * What becomes of errors that no call ends with: `'report'` tells the listeners of `isolate.on('error')`, or prints
   * them; `'close'` does that and ends the isolate, with the first of them in `closed`. Default: `'report'`.
   */
  uncaughtErrors?: 'report' | 'close'
}

/** What `runSync()` and `callSync()` take. */
export interface RunSyncOptions {
  /**
   * Milliseconds, with fractions, after which the code is stopped and a `TimeoutError` thrown; the isolate lives on. All that
   * the call causes counts: microtasks, timers, what goes on when the host has answered. For synchronous calls it includes the
   * wait for an isolate that is busy, for others it begins when the code does. Default: the isolate's `timeout`.
   */
  timeout?: number
  /**
   * Milliseconds that the isolate's own code may be on a CPU, until the call has its result. Time does not count while it
   * waits: for its turn, for a channel, for a promise, for functions of the host. Ends as `timeout` does, with the code
   * `ERR_CPU_TIMEOUT`. Only for bare isolates. Default: the isolate's `cpuTimeout`.
   */
  cpuTimeout?: number
  /** What stacks call this code. Default: `isolate:run`, or `isolate:call/<name of the function>`. */
  filename?: string
  /** Number of the first line, from 0. Only for `run` and `runSync`. Default: 0. */
  lineOffset?: number
  /** Number of the first column of the first line, from 0. Only for `run` and `runSync`. Default: 0. */
  columnOffset?: number
  /** Buffers in the arguments or globals that are moved instead of copied: this side's are detached. */
  transfer?: ArrayBuffer[]
  /** Copied into the isolate as global variables before the code runs. Only for `run` and `runSync`. */
  globals?: Record<string, unknown>
}

/** What `run()` and `call()` take. */
export interface RunOptions extends RunSyncOptions {
  /** Gives the call up: it is stopped or taken off the queue, and rejects with the signal's reason. */
  signal?: AbortSignal
}

const consoleOption: Check = (what, value) => {
  if (value !== 'inherit' && value !== 'ignore' && typeof value !== 'function') {
    throw invalidType(what, "'inherit', 'ignore' or a function", value)
  }
}

const uncaughtErrors: Check = (what, value) => {
  if (value !== 'report' && value !== 'close') throw invalidType(what, "'report' or 'close'", value)
}

export const portNumber: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number', value)
  if (!(Number.isInteger(value) && value >= 0 && value <= 65_535)) throw outOfRange(what, 'from 0 to 65535', value)
}

const isolateChecks: Checks<IsolateOptions> = {
  runtime: runtimeOption,
  env: environment,
  argv: list,
  execArgv: flags,
  name: isolateName,
  memoryLimit: mebibytes,
  globals: globalsObject,
  console: consoleOption,
  modules: moduleOptions,
  timeout: milliseconds,
  cpuTimeout: milliseconds,
  maxIsolates: isolateCount,
  expose: hostFunctions,
  maxPendingCalls: positive,
  maxQueue: count,
  maxSourceSize: count,
  maxMessageSize: count,
  maxTimers: count,
  maxConsoleOutput: count,
  fetch: fetchOption,
  uncaughtErrors,
}
const callSyncChecks = { timeout: milliseconds, cpuTimeout: milliseconds, filename: text, transfer: transferList }
const runSyncChecks: Checks<RunSyncOptions> = {
  ...callSyncChecks,
  lineOffset: offset,
  columnOffset: offset,
  globals: globalsObject,
}

const remoteChecks = { timeout: milliseconds, cpuTimeout: milliseconds, signal: abortSignal }

const resultKind: Check = (what, value) => {
  if (value !== 'copy' && value !== 'reference') throw invalidType(what, "'copy' or 'reference'", value)
}

const anything: Check = () => {}

export const optionChecks = {
  isolate: isolateChecks,
  runSync: runSyncChecks,
  run: { ...runSyncChecks, signal: abortSignal } satisfies Checks<RunOptions>,
  callSync: callSyncChecks,
  call: { ...callSyncChecks, signal: abortSignal },
  remote: remoteChecks,
  reference: { ...remoteChecks, result: resultKind },
  referenceCall: { ...remoteChecks, result: resultKind, this: anything, transfer: transferList },
  construct: { ...remoteChecks, transfer: transferList },
  inspector: { port: portNumber, host: text },
}

/** The text of a function that can be called in an isolate. */
export function checkFunction(fn: unknown): string {
  return functionSource(fn, types.isGeneratorFunction)
}
