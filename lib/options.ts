import { types } from 'node:util'
import type { ConsoleOption } from './console.js'
import { invalidType } from './errors.js'
import { abortSignal, type Check, type Checks, milliseconds, text, transferList } from './shared/options.js'
import { functionSource, globalsObject, isolateCount, isolateName, mebibytes, offset } from './shared/requests.js'

export { checkArguments, checkSource, globalsObject } from './shared/requests.js'

/** What `new Isolate()` takes. */
export interface IsolateOptions {
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
  /** Default `timeout` of each run and call, in milliseconds. Default: none. */
  timeout?: number
  /**
   * Most isolates that may be alive at once below this one: those its code makes, and those that these make. Each has
   * this one's `memoryLimit` at most, to itself. 0 forbids them. Default: 16.
   */
  maxIsolates?: number
}

/** What `runSync()` and `callSync()` take. */
export interface RunSyncOptions {
  /**
   * Milliseconds, with fractions, after which the code is stopped and a `TimeoutError` thrown; the isolate lives on. For
   * synchronous calls it includes the wait for an isolate that is busy, for others it begins when the code does. Default: the
   * isolate's `timeout`.
   */
  timeout?: number
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

const isolateChecks: Checks<IsolateOptions> = {
  name: isolateName,
  memoryLimit: mebibytes,
  globals: globalsObject,
  console: consoleOption,
  timeout: milliseconds,
  maxIsolates: isolateCount,
}
const callSyncChecks = { timeout: milliseconds, filename: text, transfer: transferList }
const runSyncChecks: Checks<RunSyncOptions> = {
  ...callSyncChecks,
  lineOffset: offset,
  columnOffset: offset,
  globals: globalsObject,
}

export const optionChecks = {
  isolate: isolateChecks,
  runSync: runSyncChecks,
  run: { ...runSyncChecks, signal: abortSignal } satisfies Checks<RunOptions>,
  callSync: callSyncChecks,
  call: { ...callSyncChecks, signal: abortSignal },
}

/** The text of a function that can be called in an isolate. */
export function checkFunction(fn: unknown): string {
  return functionSource(fn, types.isGeneratorFunction)
}
