import { invalidType, outOfRange } from '../errors.js'
import { makeDisposable } from './dispose.js'
import { Handle, nameHandle, natives } from './natives.js'
import { action, type Checks, checkOptions, count, positive, text } from './options.js'
import { type WaitOptions, type WaitSyncOptions, waitChecks, waitSyncChecks, withSignal } from './wait.js'

/** What `new Semaphore()` takes besides the number of permits. */
export interface SemaphoreOptions {
  /** There are never more permits than this. Default: as many as at first, or Infinity if that is 0. */
  limit?: number
  /** For `inspect`. Default: none. */
  name?: string
}

export interface PermitOptions {
  /** How many permits, all at once. Default: 1. */
  permits?: number
}

export interface AcquireOptions extends PermitOptions, WaitOptions {}
export interface AcquireSyncOptions extends PermitOptions, WaitSyncOptions {}

export interface SemaphoreStats {
  available: number
  limit: number
  /** Those who wait for permits. */
  waiting: number
}

const checks: Checks<SemaphoreOptions> = { limit: count, name: text }
const permitChecks: Checks<PermitOptions> = { permits: positive }
const acquireChecks: Checks<AcquireOptions> = { ...permitChecks, ...waitChecks }
const acquireSyncChecks: Checks<AcquireSyncOptions> = { ...permitChecks, ...waitSyncChecks }

/** Permits that are held, until `release()` or the end of a `using` block. */
export class Permit implements Disposable {
  readonly permits: number
  readonly #semaphore: Semaphore
  readonly #number: number
  #released = false

  /** @internal */
  constructor(semaphore: Semaphore, held: number, permits: number) {
    this.#semaphore = semaphore
    this.#number = held
    this.permits = permits
  }

  get released(): boolean {
    return this.#released
  }

  /** Gives them back. A second time it does nothing. */
  release(): void {
    if (this.#released) return
    this.#released = true
    natives.semaphoreGiveBack(this.#semaphore, this.#number, this.permits)
  }

  /** The same as `release()`. */
  declare [Symbol.dispose]: () => void
}
makeDisposable(Permit, 'release')

/**
 * Lets so many parties at a time do something, in all isolates and threads of the process: in the order of arrival,
 * so that who wants many permits is not starved by those who want few.
 *
 * An isolate or thread that ends gives back the permits it holds.
 *
 * @example
 * ```ts
 * const slots = new Semaphore(2)
 * const permit = await slots.acquire()
 * console.log(slots.available) // 1
 * permit.release()
 * console.log(await slots.run(() => slots.available, { permits: 2 })) // 0
 * ```
 */
export class Semaphore extends Handle {
  /**
   * @param permits How many there are at first.
   * @throws TypeError, RangeError for wrong options.
   */
  constructor(permits?: number, options?: SemaphoreOptions) {
    super()
    if (natives.isAttached(this)) return
    if (typeof permits !== 'number') throw invalidType('permits', 'a number', permits)
    if (!Number.isSafeInteger(permits) || permits < 0) throw outOfRange('permits', 'an integer from 0 on', permits)
    const { limit = permits || Number.POSITIVE_INFINITY, name } = checkOptions(options, checks)
    if (limit < permits) throw outOfRange('options.limit', `at least the ${permits} permits there are at first`, limit)
    natives.semaphoreCreate(this, permits, Math.min(limit, Number.MAX_SAFE_INTEGER))
    nameHandle(this, name)
  }

  /** Permits that nobody holds now. */
  get available(): number {
    return natives.semaphoreStats(this)[0]
  }

  /** There are never more permits than this. */
  get limit(): number {
    return limitOf(natives.semaphoreStats(this)[1])
  }

  /** @throws TimeoutError and the signal's reason, and then nothing is held; RangeError for more than the limit. */
  acquire(options?: AcquireOptions): Promise<Permit> {
    try {
      const { permits = 1, timeout = 0, signal } = checkOptions(options, acquireChecks)
      this.#mayHave(permits)
      if (signal?.aborted) return Promise.reject(signal.reason)
      const held = natives.semaphoreAcquire(this, permits, timeout)
      if (typeof held === 'number') return Promise.resolve(new Permit(this, held, permits))
      return withSignal(held, signal).then((number) => new Permit(this, number, permits))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As `acquire`, and blocks the thread meanwhile; on the main thread with a `timeout` only. */
  acquireSync(options?: AcquireSyncOptions): Permit {
    const { permits = 1, timeout = 0 } = checkOptions(options, acquireSyncChecks)
    this.#mayHave(permits)
    return new Permit(this, natives.semaphoreAcquireSync(this, permits, timeout), permits)
  }

  /** Undefined when there are too few, or others wait. */
  tryAcquire(options?: PermitOptions): Permit | undefined {
    const { permits = 1 } = checkOptions(options, permitChecks)
    this.#mayHave(permits)
    const held = natives.semaphoreTryAcquire(this, permits)
    return held === 0 ? undefined : new Permit(this, held, permits)
  }

  /** Holds permits while the function runs, until the promise that it may return settles; gives what the function gives. */
  async run<R>(fn: (permit: Permit) => R, options?: AcquireOptions): Promise<Awaited<R>> {
    action('fn', fn)
    const permit = await this.acquire(options)
    try {
      return await fn(permit)
    } finally {
      permit.release()
    }
  }

  /**
   * Adds permits that nobody has acquired, so that others can.
   *
   * @throws RangeError when there would be more than the limit.
   */
  release(permits: number = 1): void {
    positive('permits', permits)
    if (natives.semaphoreRelease(this, permits)) return
    throw outOfRange('permits', `no more than what is missing to the limit of ${this.limit}`, permits)
  }

  stats(): SemaphoreStats {
    const [available, limit, waiting] = natives.semaphoreStats(this)
    return { available, limit: limitOf(limit), waiting }
  }

  #mayHave(permits: number): void {
    const { limit } = this
    if (permits > limit) throw outOfRange('options.permits', `no more than the limit of ${limit}`, permits)
  }
}

function limitOf(limit: number): number {
  return limit === Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : limit
}
