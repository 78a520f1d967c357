import type { Result } from '../native.js'
import type { AnyFunction } from './types.js'

/** How long something that is asked of a guest may take, and what gives it up. */
export interface RemoteOptions {
  /** Milliseconds after which the guest's code is stopped, with a `TimeoutError`. Default: the isolate's `timeout`. */
  timeout?: number
  /** Milliseconds of CPU time, as for `RunOptions`. Default: the isolate's `cpuTimeout`. */
  cpuTimeout?: number
  /** Gives it up: it is stopped or taken off the queue, and rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface InvokeOptions extends RemoteOptions {
  transfer?: ArrayBuffer[]
}

/** Calls one of lib/remote/scripts.ts in an isolate. */
export type Invoke = (
  script: AnyFunction,
  args: readonly unknown[],
  options: InvokeOptions,
  result: Result,
) => Promise<unknown>

/** How an isolate does what those ask for who refer to it. */
export const invoke: unique symbol = Symbol('invoke')
/** How it makes what stands for an asynchronous iterable of its own, of the description of a reference. */
export const openStream: unique symbol = Symbol('openStream')
