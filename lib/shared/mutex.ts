import { makeDisposable } from './dispose.js'
import { Handle, nameHandle, natives } from './natives.js'
import { action, type Checks, checkOptions, text } from './options.js'
import { type WaitOptions, type WaitSyncOptions, waitChecks, waitSyncChecks, withSignal } from './wait.js'

/** What `new Mutex()` takes. */
export interface MutexOptions {
  /** For `inspect`. Default: none. */
  name?: string
}

export interface MutexStats {
  locked: boolean
  /** Those who wait for it. */
  waiting: number
}

const checks: Checks<MutexOptions> = { name: text }

/** A mutex that is held, until `release()` or the end of a `using` block. */
export class Lock implements Disposable {
  /**
   * The isolate or thread that held the mutex before has ended with it: what the mutex guards may be half done. Only
   * the next holder is told.
   */
  readonly ownerDied: boolean
  readonly #mutex: Mutex
  readonly #number: number
  #released = false

  /** @internal */
  constructor(mutex: Mutex, lock: number) {
    this.#mutex = mutex
    this.#number = Math.abs(lock)
    this.ownerDied = lock < 0
  }

  get released(): boolean {
    return this.#released
  }

  /** Lets the next one have the mutex. A second time it does nothing. */
  release(): void {
    if (this.#released) return
    this.#released = true
    natives.mutexUnlock(this.#mutex, this.#number)
  }

  /** The same as `release()`. */
  declare [Symbol.dispose]: () => void
}
makeDisposable(Lock, 'release')

/**
 * Lets one party at a time do something, in all isolates and threads of the process: in the order of arrival.
 *
 * It belongs to whoever holds a `Lock`, not to an isolate: two tasks of one isolate exclude each other as well, and who locks
 * it twice waits for itself. An isolate or thread that ends releases what it holds, and the next holder is told. A call
 * that is cut off, by its timeout for instance, holds on to it until its isolate ends.
 *
 * @example
 * ```ts
 * const mutex = new Mutex()
 * const total = new Int32Array(new SharedArrayBuffer(4))
 * const add = async (n: number) => {
 *   const lock = await mutex.lock()
 *   total[0] += n
 *   lock.release()
 * }
 * await Promise.all([add(1), add(2), isolate.run('mutex.run(() => { total[0] += 3 })', { globals: { mutex, total } })])
 * console.log(total[0]) // 6
 * ```
 */
export class Mutex extends Handle {
  /** @throws TypeError for wrong options. */
  constructor(options?: MutexOptions) {
    super()
    if (natives.isAttached(this)) return
    const { name } = checkOptions(options, checks)
    natives.mutexCreate(this)
    nameHandle(this, name)
  }

  /** Whether somebody holds it now. */
  get locked(): boolean {
    return natives.mutexStats(this)[0] === 1
  }

  /** @throws TimeoutError and the signal's reason, and then it is not held. */
  lock(options?: WaitOptions): Promise<Lock> {
    try {
      const { timeout = 0, signal } = checkOptions(options, waitChecks)
      if (signal?.aborted) return Promise.reject(signal.reason)
      const lock = natives.mutexLock(this, timeout)
      if (typeof lock === 'number') return Promise.resolve(new Lock(this, lock))
      return withSignal(lock, signal).then((number) => new Lock(this, number))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As `lock`, and blocks the thread meanwhile; on the main thread with a `timeout` only. */
  lockSync(options?: WaitSyncOptions): Lock {
    const { timeout = 0 } = checkOptions(options, waitSyncChecks)
    return new Lock(this, natives.mutexLockSync(this, timeout))
  }

  /** Undefined when somebody holds it. */
  tryLock(): Lock | undefined {
    const lock = natives.mutexTryLock(this)
    return lock === 0 ? undefined : new Lock(this, lock)
  }

  /** Holds the mutex while the function runs, until the promise that it may return settles; gives what the function gives. */
  async run<R>(fn: (lock: Lock) => R, options?: WaitOptions): Promise<Awaited<R>> {
    action('fn', fn)
    const lock = await this.lock(options)
    try {
      return await fn(lock)
    } finally {
      lock.release()
    }
  }

  stats(): MutexStats {
    const [locked, waiting] = natives.mutexStats(this)
    return { locked: locked === 1, waiting }
  }
}
