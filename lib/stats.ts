import type { LimitStats } from './errors.js'
import type { Isolate } from './isolate.js'
import { native } from './runtime.js'
import { figuresOf } from './shared/figures.js'

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
  /** How long calls have waited for their turn, all together. */
  waitMs: number
  /** Channels that it has handles of. */
  channels: number
  /** Items that it has sent through those and nobody has received. */
  channelBytes: number
  /** Keys and values of stores that it made, whoever has put them there. */
  storeBytes: number
  /** Values from 1 KiB on that it has shared, or put into any store, and that are still somewhere. */
  sharedBytes: number
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
  waitMs: number
  channels: number
  channelBytes: number
  storeBytes: number
  sharedBytes: number
}

/** What `state` of the isolate with that id says. */
export function stateOf(id: number): Isolate['state'] {
  return (['idle', 'running', 'closed'] as const)[native.state(id)]
}

/** What `stats()` of the isolate with that id gives: all of it 0 once that is closed. */
export function statsOf(id: number): IsolateStats {
  return { state: stateOf(id), ...figuresOf(native.stats(id)) }
}

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
  const [isolates, heapUsed, external, cpuMs, wallMs, calls, errors, queued, ...more] = native.processStats()
  const [waitMs, channels, channelBytes, storeBytes, sharedBytes, threads] = more
  const work = { cpuMs, wallMs, calls, errors, queued, waitMs }
  return { isolates, threads, heapUsed, external, ...work, channels, channelBytes, storeBytes, sharedBytes }
}

/** What the errors of its limits tell; undefined once the isolate is gone. */
export function limitStats(id: number): LimitStats | undefined {
  const known = native.stats(id, true)
  if (known === undefined) return undefined
  const { heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs } = figuresOf(known)
  return { heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs }
}
