import type { LimitStats } from './errors.js'
import type { Isolate } from './isolate.js'
import { native } from './runtime.js'

/** Figures of one isolate. Sizes in bytes, times in milliseconds. */
export interface IsolateStats {
  state: Isolate['state']
  /** Live and dead objects in the heap; when the isolate is busy, as of when it last was not. */
  heapUsed: number
  heapTotal: number
  heapLimit: number
  /** Memory of its ArrayBuffers. */
  external: number
  /** CPU time of its own code. */
  cpuMs: number
  /** Time its code was running or waiting. */
  wallMs: number
  calls: number
  /** Calls that ended with an error. */
  errors: number
  /** Calls that wait for their turn. */
  queued: number
}

/** Figures of all bare isolates of the process, those of other threads and of guests included. */
export interface ProcessStats {
  isolates: number
  /** OS threads that run them, besides those of Node. */
  threads: number
  /** As of when `stats()` of each was last asked for, or a limit of it reached. */
  heapUsed: number
  external: number
  cpuMs: number
  wallMs: number
  calls: number
  errors: number
  queued: number
}

/** What `state` of the isolate with that id says. */
export function stateOf(id: number): Isolate['state'] {
  return (['idle', 'running', 'closed'] as const)[native.state(id)]
}

/** What `stats()` of the isolate with that id gives: all of it 0 once that is closed. */
export function statsOf(id: number): IsolateStats {
  const [heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs, calls, errors, queued] = native.stats(id) ?? nothing
  return { state: stateOf(id), heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs, calls, errors, queued }
}

const nothing = [0, 0, 0, 0, 0, 0, 0, 0, 0] as const

/**
 * Figures of all bare isolates of this process together that are not closed; Node's own tools tell of those with
 * `runtime: 'node'`.
 *
 * @example
 * ```ts
 * import { stats } from 'isolates'
 *
 * const { isolates, threads, queued } = stats()
 * ```
 */
export function stats(): ProcessStats {
  const [isolates, heapUsed, external, cpuMs, wallMs, calls, errors, queued, threads] = native.processStats()
  return { isolates, threads, heapUsed, external, cpuMs, wallMs, calls, errors, queued }
}

/** What the errors of its limits tell; undefined once the isolate is gone. */
export function limitStats(id: number): LimitStats | undefined {
  const known = native.stats(id, true)
  if (known === undefined) return undefined
  const [heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs] = known
  return { heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs }
}
