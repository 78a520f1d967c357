import { Handle, nameHandle, natives } from './natives.js'
import { type Checks, checkOptions, positive, text } from './options.js'
import { type WaitOptions, type WaitSyncOptions, waitChecks, waitSyncChecks, withSignal } from './wait.js'

/** What `new Barrier()` takes besides the number of parties. */
export interface BarrierOptions {
  /** For `inspect`. Default: none. */
  name?: string
}

export interface BarrierStats {
  parties: number
  /** Those who have come and wait for the others. */
  waiting: number
  /** How often all have passed. */
  generation: number
  broken: boolean
}

const checks: Checks<BarrierOptions> = { name: text }

/**
 * Lets a number of parties go on together, in all isolates and threads of the process, again and again.
 *
 * A party that leaves while it waits, by its timeout, its signal or its end, breaks the barrier: the others, and all who
 * come, get a BrokenBarrierError until `reset()`, since they would wait for ever.
 *
 * @example
 * ```ts
 * const barrier = new Barrier(2)
 * const other = isolate.run('barrier.wait()', { globals: { barrier } })
 * console.log([await barrier.wait(), await other].sort()) // [ 0, 1 ]
 * ```
 */
export class Barrier extends Handle {
  /**
   * @param parties How many have to come.
   * @throws TypeError, RangeError for wrong options.
   */
  constructor(parties?: number, options?: BarrierOptions) {
    super()
    if (natives.isAttached(this)) return
    positive('parties', parties)
    const { name } = checkOptions(options, checks)
    natives.barrierCreate(this, parties as number)
    nameHandle(this, name)
  }

  /** How many have to come. */
  get parties(): number {
    return natives.barrierStats(this)[0]
  }

  get broken(): boolean {
    return natives.barrierStats(this)[3] === 1
  }

  /**
   * Waits until all have come. Gives how many had come before this one.
   *
   * @throws BrokenBarrierError; TimeoutError and the signal's reason, and then the barrier is broken.
   */
  wait(options?: WaitOptions): Promise<number> {
    try {
      const { timeout = 0, signal } = checkOptions(options, waitChecks)
      if (signal?.aborted) return Promise.reject(signal.reason)
      const before = natives.barrierWait(this, timeout)
      return typeof before === 'number' ? Promise.resolve(before) : withSignal(before, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As `wait`, and blocks the thread meanwhile; on the main thread with a `timeout` only. */
  waitSync(options?: WaitSyncOptions): number {
    const { timeout = 0 } = checkOptions(options, waitSyncChecks)
    return natives.barrierWaitSync(this, timeout)
  }

  /** Breaks the barrier: who waits and who comes gets a BrokenBarrierError. */
  break(): void {
    natives.barrierBreak(this)
  }

  /** Makes it as new. Who waits gets a BrokenBarrierError. */
  reset(): void {
    natives.barrierReset(this)
  }

  stats(): BarrierStats {
    const [parties, waiting, generation, broken] = natives.barrierStats(this)
    return { parties, waiting, generation, broken: broken === 1 }
  }
}
