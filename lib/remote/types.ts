import type { Isolate } from '../isolate.js'

// biome-ignore lint/suspicious/noExplicitAny: functions of any kind
export type AnyFunction = (...args: any[]) => unknown

/** What a function of the host finds as `this` when a guest calls it. */
export interface HostCallContext {
  /** Aborted when the guest gives the call up, or its isolate ends. */
  readonly signal: AbortSignal
  /** The isolate that calls; undefined when its handle is gone. */
  readonly isolate: Isolate | undefined
}

/** A function that guests may call. */
// biome-ignore lint/suspicious/noExplicitAny: functions of any kind
export type HostFunction = (this: HostCallContext, ...args: any[]) => unknown

/**
 * Functions by the names that guests call them by. A name may stand for an object of more functions. `{ sync: fn }` is
 * a function whose callers wait in the call and get its result, instead of a promise.
 */
export interface HostFunctions {
  readonly [name: string]: HostFunction | { readonly sync: HostFunction } | HostFunctions
}
