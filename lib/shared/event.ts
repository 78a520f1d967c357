import { invalidType } from '../errors.js'
import { Handle, nameHandle, natives } from './natives.js'
import { type Checks, checkOptions, flag, text } from './options.js'
import { type WaitOptions, type WaitSyncOptions, waitChecks, waitSyncChecks, withSignal } from './wait.js'

/** What `new Event()` takes. */
export interface EventOptions {
  /**
   * `'manual'`: once set, everybody passes until `reset()`. `'auto'`: each `set()` lets one party pass. Default:
   * `'manual'`.
   */
  reset?: 'manual' | 'auto'
  /** Whether it is set from the beginning. Default: false. */
  set?: boolean
  /** For `inspect`. Default: none. */
  name?: string
}

export interface EventStats {
  set: boolean
  /** Those who wait for it. */
  waiting: number
}

const checks: Checks<EventOptions> = {
  reset: (what, value) => {
    if (value !== 'manual' && value !== 'auto') throw invalidType(what, "'manual' or 'auto'", value)
  },
  set: flag,
  name: text,
}

const passed = Promise.resolve()

/**
 * Something that happens and that others wait for, in all isolates and threads of the process.
 *
 * Of those who wait for one that resets itself, the first to come passes first; when it ends before it could, the next
 * one does.
 *
 * @example
 * ```ts
 * const ready = new Event()
 * const waiting = isolate.run('ready.wait().then(() => "go")', { globals: { ready } })
 * ready.set()
 * console.log(await waiting) // go
 * ```
 */
export class Event extends Handle {
  /** @throws TypeError for wrong options. */
  constructor(options?: EventOptions) {
    super()
    if (natives.isAttached(this)) return
    const { reset = 'manual', set = false, name } = checkOptions(options, checks)
    natives.eventCreate(this, reset === 'auto', set)
    nameHandle(this, name)
  }

  /** Whether who comes now passes at once. */
  get isSet(): boolean {
    return natives.eventStats(this)[1] === 1
  }

  get resets(): 'manual' | 'auto' {
    return natives.eventStats(this)[0] === 1 ? 'auto' : 'manual'
  }

  /** Lets those who wait pass: all of them, or with `reset: 'auto'` the first. */
  set(): void {
    natives.eventSet(this)
  }

  /** Who comes from now on waits. */
  reset(): void {
    natives.eventReset(this)
  }

  /** @throws TimeoutError; the signal's reason. */
  wait(options?: WaitOptions): Promise<void> {
    try {
      const { timeout = 0, signal } = checkOptions(options, waitChecks)
      if (signal?.aborted) return Promise.reject(signal.reason)
      const waiting = natives.eventWait(this, timeout)
      return waiting === undefined ? passed : withSignal(waiting, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As `wait`, and blocks the thread meanwhile; on the main thread with a `timeout` only. */
  waitSync(options?: WaitSyncOptions): void {
    const { timeout = 0 } = checkOptions(options, waitSyncChecks)
    natives.eventWaitSync(this, timeout)
  }

  /** True when it is set; with `reset: 'auto'` it is not any more, then. */
  tryWait(): boolean {
    return natives.eventTryWait(this)
  }

  stats(): EventStats {
    const [, set, waiting] = natives.eventStats(this)
    return { set: set === 1, waiting }
  }
}
