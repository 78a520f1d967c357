import { types } from 'node:util'
import type { Isolate } from '../isolate.js'
import type { Native } from '../native.js'
import { Answer } from '../shared/answer.js'
import { makeError } from '../shared/failure.js'
import { forGuest } from './errors.js'
import { exportedFunction } from './exports.js'
import { placeSignal } from './signals.js'
import { isAsyncIterable, steps } from './steps.js'
import type { AnyFunction, HostCallContext } from './types.js'

/** What the calls of guests need of the thread they come to. */
export interface Calls {
  readonly native: Native
  isolate(id: number): Isolate | undefined
  /** An error for what the addon could not encode. */
  toError(failure: unknown, isolate: number): unknown
}

/** One call of a guest, as the function that serves it sees it. */
class Call implements HostCallContext {
  readonly #isolate: () => Isolate | undefined
  #controller: AbortController | undefined
  #reason: unknown
  #aborted = false

  constructor(isolate: () => Isolate | undefined) {
    this.#isolate = isolate
  }

  get isolate(): Isolate | undefined {
    return this.#isolate()
  }

  get signal(): AbortSignal {
    // Made only when somebody looks: it costs more than all the rest of a short call.
    this.#controller ??= new AbortController()
    if (this.#aborted) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  abort(reason: Error): void {
    this.#aborted = true
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

type Service = Readonly<Record<string, AnyFunction>>

/** Serves the calls of guests of this thread. What comes from a guest is taken for nothing but data. */
export class CallServer {
  readonly #host: Calls
  /** Calls whose functions have not come to an end, by isolate. */
  readonly #open = new Map<number, Map<number, Call>>()
  readonly #services = new Map<string, Service>()
  readonly #own = new Map<number, Map<string, Service>>()

  constructor(host: Calls) {
    this.#host = host
  }

  /**
   * Gives the guest runtime functions to call by `part('remote').call(service, method, args)`: those of every isolate, or
   * those of one. They are called with a HostCallContext as `this`.
   */
  provide(name: string, service: Service, isolate?: number): void {
    if (isolate === undefined) {
      this.#services.set(name, service)
      return
    }
    const own = this.#own.get(isolate) ?? new Map<string, Service>()
    this.#own.set(isolate, own.set(name, service))
  }

  serve(isolate: number, number: number, target: number, args: unknown[] | undefined, signalAt: number): void {
    const call = new Call(() => this.#host.isolate(isolate))
    let result: unknown
    try {
      if (args === undefined) throw new RangeError('There is no memory for the arguments')
      if (signalAt >= 0) placeSignal(args, signalAt, call.signal)
      const [fn, list] = target === 0 ? this.#service(isolate, args) : [exportedFunction(target), args]
      if (fn === undefined) throw new ReferenceError('The host has no such function')
      result = Reflect.apply(fn, call, list)
      if (!types.isPromise(result) && !isThenable(result)) {
        this.#answer(isolate, number, result)
        return
      }
      // The isolate may be waiting for it, and this thread for the isolate.
      if (this.#host.native.isWaitingFor(isolate)) {
        Promise.resolve(result).catch(() => {})
        throw makeError('ERR_PENDING_PROMISE', '', '')
      }
    } catch (error) {
      this.#refuse(isolate, number, error)
      return
    }
    this.#await(isolate, number, call, result)
  }

  /** The guest has given the call up. */
  abort(isolate: number, number: number): void {
    this.#open.get(isolate)?.get(number)?.abort(new DOMException('The guest gave the call up', 'AbortError'))
  }

  /** The isolate is gone. */
  end(isolate: number): void {
    this.#own.delete(isolate)
    const calls = this.#open.get(isolate)
    if (calls === undefined) return
    this.#open.delete(isolate)
    for (const call of calls.values()) call.abort(new DOMException('The isolate has ended', 'AbortError'))
  }

  #service(isolate: number, args: unknown[]): [AnyFunction | undefined, unknown[]] {
    const [name, method, list] = args as [string, string, unknown[]]
    const service = this.#own.get(isolate)?.get(name) ?? this.#services.get(name)
    return [service !== undefined && Object.hasOwn(service, method) ? service[method] : undefined, list]
  }

  #await(isolate: number, number: number, call: Call, result: unknown): void {
    const calls = this.#open.get(isolate) ?? new Map<number, Call>()
    this.#open.set(isolate, calls.set(number, call))
    const end = (): void => {
      calls.delete(number)
      if (calls.size === 0 && this.#open.get(isolate) === calls) this.#open.delete(isolate)
    }
    Promise.resolve(result).then(
      (value) => {
        end()
        this.#answer(isolate, number, value)
      },
      (error) => {
        end()
        this.#refuse(isolate, number, error)
      },
    )
  }

  #answer(isolate: number, number: number, value: unknown): void {
    const { native } = this.#host
    try {
      if (isAsyncIterable(value)) native.answer(isolate, number, Answer.Stream, steps(value))
      else native.answer(isolate, number, Answer.Value, value)
    } catch (failure) {
      this.#refuse(isolate, number, this.#host.toError(failure, isolate))
    }
  }

  #refuse(isolate: number, number: number, error: unknown): void {
    const { native } = this.#host
    try {
      native.answer(isolate, number, Answer.Thrown, forGuest(error))
    } catch {
      // At the end of the stack there is no room for all of what says so.
      const instead =
        error instanceof Error && error.name === 'RangeError'
          ? new RangeError(error.message)
          : new Error('What the host threw cannot be copied to another isolate')
      native.answer(isolate, number, Answer.Thrown, instead)
    }
  }
}

function isThenable(value: unknown): boolean {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
