import type { FunctionHandle } from '../functions.js'
import type { Result } from '../native.js'

/** A line of tasks that several isolates do: see native/engine/task_pool.h. */
export interface PoolHandle {
  readonly brand: unique symbol
}

/** The addon's functions for pools; conventions as in `Native`. */
export interface PoolNatives {
  makePool(): PoolHandle
  /**
   * As `call`, by whichever isolate of the pool is free first, all of which have the same `maxMessageSize`. The higher the
   * priority, the sooner.
   */
  callInPool(
    id: 0,
    fn: FunctionHandle,
    timeout: number,
    cpuTimeout: number,
    args: readonly unknown[],
    transfer: ArrayBuffer[] | undefined,
    result: Result,
    pool: PoolHandle,
    priority: number,
    mayBeCancelled: boolean,
    maxMessageSize: number,
  ): Promise<unknown>
  /** 0 for no limit. False when the isolate is closed. */
  joinPool(pool: PoolHandle, id: number, tasksAtATime: number, mostTasks: number, mostBytes: number): boolean
  /** Whether an isolate that is gone has ended before it could look for a task; true once. */
  neverCameToPool(pool: PoolHandle, id: number): boolean
  /** It gets no more tasks. True when it has none any more; else 'retired' is delivered when the last has ended. */
  retireFromPool(pool: PoolHandle, id: number): boolean
  /** Rejects the promise of a task that may be cancelled, and takes it out of the line or stops it. */
  cancelInPool(pool: PoolHandle, ticket: number, reason: unknown): void
  /** Empties the line; each ticket is then to be given to `refuseTask`. */
  clearPool(pool: PoolHandle): number[]
  refuseTask(ticket: number, reason: unknown): void
  /** The ticket of the task that an isolate has; -1 when it has none, or several. */
  taskInPool(pool: PoolHandle, id: number): number
  poolLoad(pool: PoolHandle): [queued: number, running: number]
  /** The isolates that have had nothing to do for so many milliseconds, those first that rest longest. */
  idleInPool(pool: PoolHandle, milliseconds: number): number[]
  /** How long tasks have waited and run since the last call, in turn, in nanoseconds. */
  poolSamples(pool: PoolHandle): number[]
}
