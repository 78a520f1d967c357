import type { ErrorCode, MisuseCode, PoolCode } from './codes.js'
import { defineProperty } from './shared/builtins.js'

/** Why an isolate ended. */
export interface CloseReason {
  /**
   * `close`: it was closed in peace. `terminate`: it was stopped, or its handle was collected. `memory-limit`: it
   * outgrew its memory. `exit`: the thread or process that made it ended, or, with `runtime: 'node'`, its own code called
   * `process.exit()`. `error`: it had an error that nobody handled, and the option `uncaughtErrors: 'close'`; or, with
   * `runtime: 'node'`, one before it could begin.
   */
  kind: 'close' | 'terminate' | 'memory-limit' | 'exit' | 'error'
  /** What was given to `terminate(reason)`; the error for `error`. */
  cause?: unknown
  /** What a thread that ended by `process.exit()` has ended with. */
  exitCode?: number
}

/** What all errors of this package have in common that are not misuse of its interface. */
export class IsolateError extends Error {
  override readonly name: string = 'IsolateError'
  /** Stable, unlike the message. */
  declare readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    defineProperty(this, 'code', { value: code, writable: true, enumerable: true, configurable: true })
  }

  /** Where its `code` is explained: a place in the documentation that comes with the package. */
  get help(): string {
    return helpFor(this.code)
  }
}

function helpFor(code: ErrorCode): string {
  return `isolates/docs/errors.md#${code.toLowerCase()}`
}

/** What an isolate had used when a limit was reached. Sizes in bytes, times in milliseconds. */
export interface LimitStats {
  heapUsed: number
  heapTotal: number
  heapLimit: number
  external: number
  cpuMs: number
  wallMs: number
}

/**
 * The call took longer than its `timeout` (code `ERR_TIMEOUT`), or more CPU time than its `cpuTimeout`
 * (`ERR_CPU_TIMEOUT`). The isolate lives on.
 */
export class TimeoutError extends IsolateError {
  override readonly name = 'TimeoutError'
  /** Undefined for a wait that was over, and in guests. */
  readonly stats?: LimitStats

  /** Which of the two limits it was. */
  get limit(): 'timeout' | 'cpuTimeout' {
    return this.code === 'ERR_CPU_TIMEOUT' ? 'cpuTimeout' : 'timeout'
  }
}

/** The isolate outgrew its `memoryLimit` and has ended. */
export class MemoryLimitError extends IsolateError {
  override readonly name = 'MemoryLimitError'
  /** Undefined in guests, and when the isolate was gone before its caller was told. */
  readonly stats?: LimitStats
}

/** The isolate is closed, or was closed before the call could end. */
export class IsolateClosedError extends IsolateError {
  override readonly name = 'IsolateClosedError'
  /** How the isolate ended. */
  readonly reason: CloseReason

  constructor(message: string, reason: CloseReason) {
    super('ERR_ISOLATE_CLOSED', message, reason.cause === undefined ? undefined : { cause: reason.cause })
    this.reason = reason
  }
}

/** The channel is closed: to senders at once, to receivers when nothing is left in it. */
export class ChannelClosedError extends IsolateError {
  override readonly name = 'ChannelClosedError'
}

/** A party has left the barrier before all had come, so the others would wait for ever. */
export class BrokenBarrierError extends IsolateError {
  override readonly name = 'BrokenBarrierError'
}

/**
 * The pool does not take the task: `ERR_POOL_CLOSED`, `ERR_POOL_FULL` (there is no more room than `maxQueue`), or
 * `ERR_POOL_BROKEN` (its isolates cannot be made ready; the `cause` says why).
 */
export class PoolError extends IsolateError {
  override readonly name = 'PoolError'
  declare readonly code: PoolCode
}

/** A value has no copy or share in another isolate. */
export class NotShareableError extends IsolateError {
  override readonly name = 'NotShareableError'
  /** Where it was found, from the argument, global or result on: `args[0].list[3].callback`. */
  readonly path: string

  constructor(message: string, path: string) {
    super('ERR_NOT_SHAREABLE', message)
    this.path = path
  }
}

/**
 * Guest code threw, or its promise was rejected.
 *
 * `name`, `message`, `cause` and own properties are those of the guest's error, a `code` of its own included; `stack` is
 * the guest's, followed by the host's. What was thrown without being an error is the `cause`.
 *
 * @example
 * ```ts
 * try {
 *   await isolate.run('null.x', { filename: 'task.js' })
 * } catch (error) {
 *   console.log(error instanceof RemoteError, error.name) // true TypeError
 * }
 * ```
 */
export class RemoteError extends IsolateError {
  override readonly name: string

  /** @internal */
  constructor(message: string, name: string, options?: ErrorOptions) {
    super('ERR_REMOTE', message, options)
    this.name = name
    defineProperty(this, 'name', { enumerable: false })
  }

  override get help(): string {
    // `code` is the guest's own where its error had one; of those, this package explains what its imports throw.
    const code: unknown = this.code
    const explained = typeof code === 'string' && /^ERR_(MODULE|REQUIRE)_[A-Z_]+$/.test(code)
    return helpFor(explained ? this.code : 'ERR_REMOTE')
  }
}

const types = [
  IsolateError,
  TimeoutError,
  MemoryLimitError,
  IsolateClosedError,
  ChannelClosedError,
  BrokenBarrierError,
  PoolError,
  NotShareableError,
]
for (let i = 0; i < types.length; i++) {
  const { name, prototype } = types[i] as (typeof types)[number]
  defineProperty(prototype, 'name', { value: name, writable: true, configurable: true })
}

/** A `TypeError` for an argument of the wrong kind. */
export function invalidType(what: string, expected: string, got: unknown): TypeError {
  return misuse(new TypeError(`${what} must be ${expected}, got ${describe(got)}`), 'ERR_INVALID_ARG_TYPE')
}

/** A `RangeError` for an argument of the right kind and a wrong value. */
export function outOfRange(what: string, expected: string, got: unknown): RangeError {
  return misuse(new RangeError(`${what} must be ${expected}, got ${describe(got)}`), 'ERR_OUT_OF_RANGE')
}

/** A `TypeError` with a code of its own. */
export function misuseError(message: string, code: MisuseCode): TypeError {
  return misuse(new TypeError(message), code)
}

function misuse<E extends Error>(error: E, code: MisuseCode): E {
  defineProperty(error, 'help', { value: helpFor(code), writable: true, configurable: true })
  return Object.assign(error, { code })
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value !== 'object' || value === null) return String(value)
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object'
}
