import type { ErrorCode } from './codes.js'
import {
  type CloseReason,
  IsolateClosedError,
  IsolateError,
  type LimitStats,
  MemoryLimitError,
  NotShareableError,
  RemoteError,
  TimeoutError,
} from './errors.js'
import { apply } from './shared/builtins.js'
import { readableStack } from './stacks.js'

const objectToString = Object.prototype.toString

/** What is refused only when it is not this package's own. */
const handles = /^an? (Channel|SharedStore|Mutex|Semaphore|Event|Barrier)$/

/** What is known of an isolate and of its end. */
export interface Ending {
  readonly name: string
  /** What was given to `terminate(reason)`. */
  readonly cause: unknown
  /** The first error that nobody handled. */
  readonly error?: unknown
  /** How it ended; undefined while it has not. */
  readonly kind: CloseReason['kind'] | undefined
  /** Of an isolate that is a Node environment. */
  readonly thread?: object | undefined
  /** What that thread has ended with. */
  readonly exitCode?: number | undefined
  /** `close()` was called. */
  readonly closing?: boolean
  /** What it has used, as far as it is known. */
  readonly stats?: (() => LimitStats | undefined) | undefined
  /** Makes the stacks of its modules name the places in their sources. */
  readonly mapStack?: ((stack: string) => string) | undefined
}

let ownFiles = 'isolates:guest'
let hintAtCopies = (): string => ''

/** How an error tells that more than one copy of this package is loaded. */
export function hintAtCopiesBy(hint: () => string): void {
  hintAtCopies = hint
}

/** What the frames of this package's own code have in common; the caller cares for the frames of the caller. */
export function hideFramesOf(files: string): void {
  ownFiles = files
}

/**
 * How a request failed, as it comes from the addon. It becomes an error where its caller waits, not where it arrives:
 * only there does the stack show who called.
 */
export class Failure {
  readonly code: ErrorCode
  readonly thrown: unknown
  readonly where: string
  readonly what: string
  readonly notAnError: boolean

  constructor(code: ErrorCode, thrown: unknown, where: string, what: string, notAnError: boolean) {
    this.code = code
    this.thrown = thrown
    this.where = where
    this.what = what
    this.notAnError = notAnError
  }

  /**
   * @param residence What is known of the isolate; nothing when it was never made, or is gone.
   * @param what What has failed.
   */
  toError(residence: Ending | undefined, what = 'the call'): IsolateError {
    if (this.code === 'ERR_ISOLATE_CLOSED') return closedError(residence)
    const isolate = residence?.name ?? 'The isolate'
    return this.code === 'ERR_REMOTE'
      ? this.#remoteError(isolate, residence?.mapStack)
      : withStats(withoutOwnFrames(this.#ownError(isolate, what, residence?.mapStack)), residence)
  }

  #ownError(isolate: string, what: string, map: Ending['mapStack']): IsolateError {
    switch (this.code) {
      case 'ERR_TIMEOUT':
      case 'ERR_CPU_TIMEOUT': {
        const took =
          this.code === 'ERR_TIMEOUT' ? 'took longer than its timeout' : 'used more CPU time than its cpuTimeout'
        const message = `${isolate}: ${what} ${took} of ${this.what} ms`
        const error = new TimeoutError(this.code, message)
        if (this.where !== '')
          error.stack = joinStacks(readableStack(`TimeoutError: ${message}\n${this.where}`, map), isolate, error)
        return error
      }
      case 'ERR_MEMORY_LIMIT':
        return new MemoryLimitError('ERR_MEMORY_LIMIT', `${isolate}: out of memory, the isolate has ended`)
      case 'ERR_NOT_SHAREABLE': {
        // A path from the host begins with what it is a part of, one from the guest is within the result.
        const path = /^[a-z]/.test(this.where) ? this.where : `result${this.where}`
        const message = `${path} is ${this.what}, which cannot be copied to another isolate`
        return new NotShareableError(message + (handles.test(this.what) ? hintAtCopies() : ''), path)
      }
      case 'ERR_MESSAGE_TOO_BIG': {
        const path = /^[a-z]/.test(this.where) ? this.where : 'result'
        return new IsolateError(
          this.code,
          `${isolate}: ${path.replace(/[.[].*/s, '')} takes more than its maxMessageSize of ${this.what} bytes`,
        )
      }
      case 'ERR_QUEUE_FULL':
        return new IsolateError(this.code, `${isolate}: ${this.what} calls have no answer yet, which is its maxQueue`)
      case 'ERR_PENDING_PROMISE':
        return new IsolateError(
          this.code,
          `${isolate}: the promise has not settled, and a synchronous call cannot wait for it; use run() or call()`,
        )
      default:
        return new IsolateError(this.code, `${isolate}: ${this.code}`)
    }
  }

  #remoteError(isolate: string, map: Ending['mapStack']): RemoteError {
    if (this.notAnError || !isError(this.thrown)) {
      const error = new RemoteError(`Uncaught ${show(this.thrown)}`, 'Error', { cause: this.thrown })
      const place = this.where === '' ? '' : `\n    at ${firstLine(this.where)}`
      error.stack = joinStacks(`Error: ${error.message}${place}`, isolate, error)
      return error
    }
    const { thrown } = this
    const options = Object.hasOwn(thrown, 'cause') ? { cause: thrown.cause } : undefined
    // A guest may have put anything there.
    const name: unknown = thrown.name
    const error = new RemoteError(thrown.message, typeof name === 'string' ? name : 'Error', options)
    error.stack = joinStacks(this.#guestStack(thrown, map), isolate, error)
    for (const [key, value] of Object.entries(thrown)) {
      if (key === 'stack' || key === 'name') continue
      Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true })
    }
    if (Object.hasOwn(thrown, 'errors')) {
      const { errors } = thrown as AggregateError
      Object.defineProperty(error, 'errors', { value: errors, writable: true, configurable: true })
    }
    return error
  }

  #guestStack(thrown: Error, map: Ending['mapStack']): string {
    const stack = readableStack(thrown.stack ?? '', map)
    const named =
      stack.startsWith('Error') && thrown.name !== 'Error' ? thrown.name + stack.slice('Error'.length) : stack
    const header = named === '' ? `${thrown.name}: ${thrown.message}` : named
    // What does not compile has no frames; the place stands before it, as Node prints it.
    return this.where !== '' && !/\n {4}at /.test(header) ? `${this.where}\n\n${header}` : header
  }
}

/** Tells what the isolate had used, where its limits were reached. */
function withStats(error: IsolateError, residence: Ending | undefined): IsolateError {
  if (!(error instanceof TimeoutError || error instanceof MemoryLimitError)) return error
  const value = residence?.stats?.()
  return value === undefined
    ? error
    : Object.defineProperty(error, 'stats', { value, configurable: true, writable: true })
}

/** The error of a request that came too late, or was cut off by the end of its isolate. */
export function closedError(residence: Ending | undefined): IsolateClosedError {
  // A thread that has ended before it began is known to have, and not yet how.
  const stillborn = residence?.thread !== undefined && residence.closing === false
  const { name = 'The isolate', kind = stillborn ? 'exit' : 'close' } = residence ?? {}
  const { cause } = closeReason(residence, kind)
  const how = {
    close: 'is closed',
    terminate: 'was terminated',
    'memory-limit': 'is closed: it ran out of memory',
    exit:
      residence?.thread === undefined ? 'is closed: the thread that made it ends' : 'is closed: its thread has ended',
    error: 'ended by an error that nobody handled',
  }
  if (cause === undefined) {
    return withoutOwnFrames(new IsolateClosedError(`${name} ${how[kind]}`, { kind }))
  }
  const why = isError(cause) ? cause.message : show(cause)
  return withoutOwnFrames(new IsolateClosedError(`${name} ${how[kind]}: ${why}`, { kind, cause }))
}

/** How an isolate ended, and why where somebody said so. */
export function closeReason(residence: Ending | undefined, kind: CloseReason['kind']): CloseReason {
  const causes: { [Kind in CloseReason['kind']]?: unknown } = { terminate: residence?.cause, error: residence?.error }
  const cause = causes[kind]
  const exitCode = kind === 'exit' ? residence?.exitCode : undefined
  if (exitCode !== undefined) return { kind, exitCode }
  return cause === undefined ? { kind } : { kind, cause }
}

/** The guest's stack, a line that tells where the heap changes, and the host's frames that are not ours. */
function joinStacks(guest: string, isolate: string, error: Error): string {
  const frames =
    withoutOwnFrames(error)
      .stack?.split('\n')
      .filter((line) => /^ {4}at /.test(line)) ?? []
  return [guest, `    at ${isolate} (isolate boundary)`, ...frames].join('\n')
}

function withoutOwnFrames<E extends Error>(error: E): E {
  const lines = (error.stack ?? '').split('\n')
  error.stack = lines.filter((line) => !(/^ {4}at /.test(line) && line.includes(ownFiles))).join('\n')
  return error
}

/**
 * Also of another realm: where this package is loaded in a `vm` context (jest), the addon makes objects in the realm of Node's
 * own modules.
 */
function isError(value: unknown): value is Error {
  return value instanceof Error || apply(objectToString, value, []) === '[object Error]'
}

function firstLine(text: string): string {
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value) ?? 'an object'
  } catch {
    return 'an object'
  }
}
