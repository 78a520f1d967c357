import type { Isolate, IsolateStats } from './isolate.js'
import { native } from './runtime.js'

const nothing = [0, 0, 0, 0, 0, 0, 0, 0, 0] as const

/** What `state` of the isolate with that id says. */
export function stateOf(id: number): Isolate['state'] {
  return (['idle', 'running', 'closed'] as const)[native.state(id)]
}

/** What `stats()` of the isolate with that id gives. */
export function statsOf(id: number): IsolateStats {
  const [heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs, calls, errors, queued] = native.stats(id) ?? nothing
  return { state: stateOf(id), heapUsed, heapTotal, heapLimit, external, cpuMs, wallMs, calls, errors, queued }
}
