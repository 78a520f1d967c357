import type { WorkerState } from './settings.js'

/** Figures of one worker. */
export interface WorkerStats {
  number: number
  state: WorkerState
  requests: number
  /** Requests that the app failed at. */
  errors: number
  /** Requests that are not over. */
  active: number
  /** When it was started, in milliseconds since 1970. */
  since: number
  /** Bytes of its heap and its buffers. */
  memory: number
  cpuMs: number
}

/** Figures of the isolate that a tenant has in one thread. */
export interface TenantStats extends WorkerStats {
  tenant: string
}

/** Figures of a server. */
export interface ServerStats {
  state: 'ready' | 'draining' | 'stopped'
  workers: WorkerStats[]
  /** Those that are alive; a tenant has one isolate in each thread that got requests for it. */
  tenants: TenantStats[]
  /** Of the workers that are there. */
  requests: number
  errors: number
  connections: number
  /** Workers and threads that died and were started again. */
  restarts: number
  /** How late the event loops of the threads were since the last look, in milliseconds. */
  lag: { mean: number; max: number }
}

/** What one of its threads tells. */
export interface ThreadStats {
  workers: WorkerStats[]
  tenants?: TenantStats[]
  restarts: number
  connections: number
  lag: { mean: number; max: number }
}

/** @param restarts Of whole threads. */
export function sumStats(threads: readonly ThreadStats[], state: ServerStats['state'], restarts: number): ServerStats {
  const workers = threads.flatMap((thread) => thread.workers).sort((a, b) => a.number - b.number)
  const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)
  const tenants = threads.flatMap((thread) => thread.tenants ?? [])
  const all = [...workers, ...tenants]
  return {
    state,
    workers,
    tenants,
    requests: sum(all.map((worker) => worker.requests)),
    errors: sum(all.map((worker) => worker.errors)),
    connections: sum(threads.map((thread) => thread.connections)),
    restarts: restarts + sum(threads.map((thread) => thread.restarts)),
    lag: {
      mean: sum(threads.map((thread) => thread.lag.mean)) / (threads.length || 1),
      max: Math.max(0, ...threads.map((thread) => thread.lag.max)),
    },
  }
}
