import { type CloseReason, IsolateError } from '../errors.js'
import { closeReason, Failure } from '../failure.js'
import type { FunctionHandle } from '../functions.js'
import { deref, makeMap, mapDelete, mapGet, Promise } from './builtins.js'
import type { Isolate } from './isolate.js'
import { native } from './native.js'
import type { TimeLimits } from './time-limits.js'

/**
 * The functions of the engine by which a guest makes isolates and uses those it has made; the contract is that of `Native`
 * in lib/native.ts, and arguments are positional and checked here. Ids of isolates that others made count as those of
 * closed ones, but for `state`.
 */
export interface ChildNatives {
  /** Before all else. */
  connect(
    deliver: (batch: readonly unknown[]) => void,
    makeFailure: (...parts: FailureParts) => unknown,
    fail: (...parts: FailureParts) => Promise<never>,
  ): void
  /** Of the guest's own isolate: bytes, milliseconds, and how many may be below it; 0 for no limit or timeout. */
  limits(): [memoryLimit: number, timeout: number, cpuTimeout: number, maxIsolates: number]
  /** 0 when there may be no more of them, below 0 when they may have no more memory. `console`: 0 inherit, 1 ignore, 2 deliver. */
  create(
    none: 0,
    handle: object,
    name: string | undefined,
    memoryLimit: number,
    globals: object | undefined,
    timeout: number,
    cpuTimeout: number,
    maxIsolates: number | undefined,
    console: 0 | 1 | 2,
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
    transfer: readonly ArrayBuffer[] | undefined,
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
    transfer: readonly ArrayBuffer[] | undefined,
  ): unknown
  makeFunction(source: string, filename: string): FunctionHandle
  call(
    id: number,
    fn: FunctionHandle,
    timeout: number,
    cpuTimeout: number,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[] | undefined,
  ): Promise<unknown> | undefined
  callSync(
    id: number,
    fn: FunctionHandle,
    timeout: number,
    cpuTimeout: number,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[] | undefined,
  ): unknown
  set(id: number, globals: object): Promise<unknown> | undefined
  get(id: number, name: string, isIdentifier: boolean): Promise<unknown> | undefined
  lastTicket(): number
  abort(id: number, ticket: number, reason: unknown): void
  terminate(id: number): void
  close(id: number): void
  stopped(id: number): CloseReason['kind'] | undefined
  /** Of any isolate in the guest's subtree. */
  state(id: number): 0 | 1 | 2
  /** Ids and names of the guest's isolate and of all below it, in order of creation. */
  all(): (number | string)[]
  stats(id: number): number[] | undefined
}

type FailureParts = [id: number, ...parts: ConstructorParameters<typeof Failure>]

/** One piece of console output of an isolate that a guest made. */
export interface ConsoleEntry {
  method: string
  stream: 'stdout' | 'stderr'
  text: string
  isolate: Isolate
  /** The name of the isolate whose code called the console: another than that of `isolate` when that one made it. */
  name: string
}

/** What a guest knows of an isolate that it made, without keeping its handle from being collected. */
export interface Residence {
  readonly name: string
  readonly handle: WeakRef<Isolate>
  readonly limits: TimeLimits
  readonly resolveClosed: (reason: CloseReason) => void
  closing: boolean
  cause: unknown
  kind: CloseReason['kind'] | undefined
}

/** How a handle prints what its isolate's console says. */
export const print: unique symbol = Symbol('print')

export const residences: Map<number, Residence> = makeMap()

let connected: ChildNatives | undefined

export function children(): ChildNatives {
  if (connected === undefined) {
    const natives = native.isolates()
    natives.connect(deliver, makeFailure, fail)
    connected = natives
  }
  return connected
}

export function limitError(name: string, most: number): IsolateError {
  const isolates = most === 1 ? 'isolate' : 'isolates'
  return new IsolateError(
    'ERR_ISOLATE_LIMIT',
    `${name} or one above it may have no more than ${most} ${isolates} below it at once: see its option maxIsolates`,
  )
}

/** The isolates of a guest together have no more memory than it has itself. */
export function memoryError(name: string, most: number): IsolateError {
  return new IsolateError(
    'ERR_ISOLATE_LIMIT',
    `The isolates below ${name} or one above it would have more than ${most / 2 ** 20} MiB of memory together, its own memoryLimit`,
  )
}

function makeFailure(...[, ...parts]: FailureParts): Failure {
  return new Failure(...parts)
}

async function fail(...[id, ...parts]: FailureParts): Promise<never> {
  // Before it is forgotten: the isolate may be gone by the time its caller is told.
  const residence = mapGet(residences, id)
  if (residence !== undefined) residence.kind ??= children().stopped(id)
  // The engine puts this promise behind the caller's, which takes one turn of the microtask queue. The error is made
  // after that: then V8 finds the caller and names it in the stack.
  await undefined
  await undefined
  throw new Failure(...parts).toError(residence)
}

/** Takes what the engine has collected for this guest. */
function deliver(batch: readonly unknown[]): void {
  for (let at = 0; at < batch.length; ) {
    const id = batch[at] as number
    const kind = batch[at + 1] as CloseReason['kind'] | ConsoleEntry['stream']
    if (kind === 'stdout' || kind === 'stderr') {
      printed(id, kind, batch[at + 2] as string, batch[at + 3] as string, batch[at + 4] as string)
      at += 5
    } else {
      closed(id, kind)
      at += 2
    }
  }
}

function handleOf(id: number): Isolate | undefined {
  const residence = mapGet(residences, id)
  return residence === undefined ? undefined : deref(residence.handle)
}

function closed(id: number, kind: CloseReason['kind']): void {
  const residence = mapGet(residences, id)
  if (residence === undefined) return
  mapDelete(residences, id)
  residence.kind = kind
  residence.resolveClosed(closeReason(residence, kind))
}

function printed(id: number, stream: ConsoleEntry['stream'], method: string, text: string, name: string): void {
  const isolate = handleOf(id)
  if (isolate === undefined) return
  try {
    isolate[print]({ method, stream, text, isolate, name })
  } catch (error) {
    // The guest's own function threw: nobody's call, and the rest is delivered all the same.
    void Promise.reject(error)
  }
}
