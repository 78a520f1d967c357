import { IsolateClosedError, MemoryLimitError } from '../errors.js'
import type { PoolHandle } from '../native.js'
import { native } from '../runtime.js'
import type { AbortSignalLike } from '../shared/options.js'

/** What a pool counts. */
export interface Counts {
  readonly done: <T>(value: T) => T
  readonly fail: (error: unknown) => never
  /** It is begun anew. False when the pool is over. */
  readonly again: () => boolean
}

/** A task that can be called off, or is begun anew when its isolate ends. */
export class Submission {
  /** The promise for its result. */
  readonly result: Promise<unknown>
  readonly #queue: PoolHandle
  readonly #post: (again: boolean) => Promise<unknown>
  readonly #counts: Counts
  #retries: number
  #ticket = 0
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
    native.cancelInPool(this.#queue, this.#ticket, reason)
  }

  abortWith(signal: AbortSignalLike): void {
    const abort = (): void => this.cancel(signal.reason)
    const settled = (): void => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort, { once: true })
    this.result.then(settled, settled)
  }

  #begin(again: boolean): Promise<unknown> {
    const promise = this.#post(again)
    this.#ticket = native.lastTicket()
    return promise.then(this.#counts.done, this.#failed)
  }

  readonly #failed = (error: unknown): unknown => {
    const died = error instanceof IsolateClosedError || error instanceof MemoryLimitError
    if (!died || this.#retries === 0 || this.#cancelled || !this.#counts.again()) return this.#counts.fail(error)
    this.#retries -= 1
    return this.#begin(true)
  }
}
