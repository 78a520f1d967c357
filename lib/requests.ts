import { closedError, Failure } from './failure.js'
import { native, type Residence } from './runtime.js'

/** What goes from this thread to one isolate, and how it fails. */
export class Requests {
  readonly #id: number
  readonly #residence: Residence

  constructor(id: number, residence: Residence) {
    this.#id = id
    this.#residence = residence
  }

  /** A request whose answer is awaited. `send` makes the native call: undefined when the isolate is closed. */
  post<T>(signal: AbortSignal | undefined, send: () => Promise<unknown> | undefined): Promise<T> {
    try {
      this.admit(signal)
      return this.begun(send(), signal) as Promise<T>
    } catch (failure) {
      return Promise.reject(this.toError(failure))
    }
  }

  /** What looks into the isolate, which may also be about to close. `ask` makes the native call, as `send` of `post` does. */
  async inspect(ask: (id: number) => Promise<unknown> | undefined, signal?: AbortSignal): Promise<unknown> {
    try {
      return await this.begun(ask(this.#id), signal)
    } catch (failure) {
      throw this.toError(failure)
    }
  }

  /** Throws what says that a request comes too late. */
  admit(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted()
    if (this.#residence.closing) throw closedError(this.#ending())
  }

  /** @param promise For the outcome of the request just made; undefined when the isolate refused it. */
  begun(promise: Promise<unknown> | undefined, signal: AbortSignal | undefined): Promise<unknown> {
    if (promise === undefined) throw closedError(this.#ending())
    if (signal !== undefined) this.#abortWith(signal, promise)
    return promise
  }

  /** What the caller gets for something that the addon threw. */
  toError(failure: unknown): unknown {
    return failure instanceof Failure ? failure.toError(this.#ending()) : failure
  }

  #abortWith(signal: AbortSignal, promise: Promise<unknown>): void {
    const ticket = native.lastTicket()
    const abort = (): void => native.abort(this.#id, ticket, signal.reason)
    const settled = (): void => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(settled, settled)
  }

  /** What is known of how it ends, also before it has. */
  #ending(): Residence {
    const residence = this.#residence
    residence.kind ??= native.stopped(this.#id)
    // The error that ended it was told before it ended, and may be on its way to this thread still.
    if (residence.kind === 'error' && residence.error === undefined) native.takeUrgent()
    return residence
  }
}
