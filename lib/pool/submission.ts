import { IsolateClosedError, MemoryLimitError } from '../errors.js'
import { native } from '../runtime.js'
import type { AbortSignalLike } from '../shared/options.js'
import type { Contexts } from './contexts.js'
import type { PoolHandle } from './natives.js'

/** Of what the pool has refused. */
const noTicket = -1

/** What a pool counts. */
export interface Counts {
  readonly done: <T>(value: T) => T
  readonly fail: (error: unknown) => never
  readonly contexts: Contexts | undefined
  /** False when nothing is begun anew any more. */
  readonly mayGoOn: () => boolean
}

/** A task that can be called off, or is begun anew when its isolate ends. */
export class Submission {
  /** The promise for its result. */
  readonly result: Promise<unknown>
  readonly #queue: PoolHandle
  readonly #post: (again: boolean) => Promise<unknown>
  readonly #counts: Counts
  #retries: number
  #ticket = noTicket
  #cancelled = false

  constructor(queue: PoolHandle, post: (again: boolean) => Promise<unknown>, counts: Counts, retries: number) {
    this.#queue = queue
    this.#post = post
    this.#counts = counts
    this.#retries = retries
    this.result = this.#begin(false)
  }

  /** Takes it out of the line, or stops it; its promise is rejected with the reason. Later nothing happens. */
  cancel(reason: unknown): void {
    this.#cancelled = true
    if (this.#ticket !== noTicket) native.cancelInPool(this.#queue, this.#ticket, reason)
  }

  abortWith(signal: AbortSignalLike): void {
    const abort = (): void => this.cancel(signal.reason)
    const settled = (): void => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort, { once: true })
    this.result.then(settled, settled)
  }

  #begin(again: boolean): Promise<unknown> {
    let promise: Promise<unknown>
    try {
      promise = this.#post(again)
      this.#ticket = native.lastTicket()
    } catch (error) {
      this.#ticket = noTicket
      if (again) return this.#counts.fail(error)
      return Promise.reject(error)
    }
    const { contexts, done } = this.#counts
    if (contexts === undefined) return promise.then(done, this.#failed)
    // Begun anew, it is still its caller's: promises keep the context.
    const ticket = this.#ticket
    contexts.begin(ticket)
    return promise.finally(() => contexts.end(ticket)).then(done, this.#failed)
  }

  readonly #failed = (error: unknown): unknown => {
    const died = error instanceof IsolateClosedError || error instanceof MemoryLimitError
    if (!died || this.#retries === 0 || this.#cancelled || !this.#counts.mayGoOn()) return this.#counts.fail(error)
    this.#retries -= 1
    return this.#begin(true)
  }
}
