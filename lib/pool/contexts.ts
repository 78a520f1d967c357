import { AsyncResource } from 'node:async_hooks'
import type { ConsoleEntry, ConsoleOption } from '../console.js'
import type { IsolateOptions } from '../options.js'
import type { AnyFunction, HostCallContext, HostFunctions } from '../remote/types.js'
import { native } from '../runtime.js'
import type { PoolHandle } from './natives.js'

/**
 * The asynchronous contexts of the callers of tasks (`AsyncLocalStorage`), for what the isolates call back: exposed functions
 * and the console's. Kept only where there is something that could be called back. An isolate with several tasks at a time
 * does not tell which of them calls; then there is no context.
 */
export class Contexts {
  readonly #queue: PoolHandle
  readonly #byTicket = new Map<number, AsyncResource>()

  constructor(queue: PoolHandle) {
    this.#queue = queue
  }

  /** A task was submitted by whoever is running now. */
  begin(ticket: number): void {
    this.#byTicket.set(ticket, new AsyncResource('isolates:task'))
  }

  end(ticket: number): void {
    this.#byTicket.delete(ticket)
  }

  /** The same options, with functions that find the context of the task they are called by. */
  bind({ expose, console, ...options }: IsolateOptions): IsolateOptions {
    return {
      ...options,
      ...(expose && { expose: this.#bindAll(expose) }),
      ...(console && { console: this.#bindConsole(console) }),
    }
  }

  #bindAll(functions: HostFunctions): HostFunctions {
    const bind = (value: HostFunctions[string]): HostFunctions[string] => {
      if (typeof value === 'function') return this.#bind(value)
      const { sync } = value as { sync?: unknown }
      if (typeof sync === 'function' && Object.keys(value).length === 1)
        return { sync: this.#bind(sync as AnyFunction) }
      return this.#bindAll(value as HostFunctions)
    }
    return Object.fromEntries(Object.entries(functions).map(([name, value]) => [name, bind(value)]))
  }

  #bind(fn: AnyFunction): AnyFunction {
    const find = (isolate: number | undefined): AsyncResource | undefined => this.#find(isolate)
    const bound = function (this: HostCallContext, ...args: unknown[]): unknown {
      const context = find(this.isolate?.id)
      return context === undefined ? Reflect.apply(fn, this, args) : context.runInAsyncScope(fn, this, ...args)
    }
    return Object.defineProperty(bound, 'name', { value: fn.name })
  }

  #bindConsole(console: ConsoleOption): ConsoleOption {
    if (typeof console !== 'function') return console
    return (entry: ConsoleEntry) => {
      const context = this.#find(entry.isolate.id)
      if (context === undefined) console(entry)
      else context.runInAsyncScope(console, undefined, entry)
    }
  }

  #find(isolate: number | undefined): AsyncResource | undefined {
    return isolate === undefined ? undefined : this.#byTicket.get(native.taskInPool(this.#queue, isolate))
  }
}

/** Whether isolates with these options call functions of the pool's user. */
export function callsBack({ expose, console }: IsolateOptions): boolean {
  return expose !== undefined || typeof console === 'function'
}

/** Calls back in the context of the call that it was given to. */
export function reporter(onProgress: (progress: unknown) => void): AnyFunction {
  const report = AsyncResource.bind(onProgress)
  return (progress: unknown) => {
    report(progress)
  }
}
