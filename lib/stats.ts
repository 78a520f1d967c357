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

/** What is known of an isolate; all of it 0 once it is closed. */
export function statsOf(id: number, state: Isolate['state']): IsolateStats {
  const [heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs, calls, errors, queued] = native.stats(id) ?? nothing
  return { state, heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs, calls, errors, queued }
}

const nothing = [0, 0, 0, 0, 0, 0, 0, 0, 0] as const
