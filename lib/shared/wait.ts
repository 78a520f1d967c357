import { natives } from './natives.js'
import { type AbortSignalLike, abortSignal, type Checks, milliseconds } from './options.js'

/** How long to block. */
export interface WaitSyncOptions {
  /** Milliseconds, with fractions, after which a TimeoutError is thrown. Default: none. */
  timeout?: number
}

/** How long to wait. */
export interface WaitOptions extends WaitSyncOptions {
  /** Gives the waiting up with the signal's reason. */
  signal?: AbortSignalLike
}

export const waitSyncChecks: Checks<WaitSyncOptions> = { timeout: milliseconds }
export const waitChecks: Checks<WaitOptions> = { timeout: milliseconds, signal: abortSignal }

/** The promise of the wait that just began, which the signal may end. */
export function withSignal<P>(promise: Promise<P>, signal: AbortSignalLike | undefined): Promise<P> {
  if (signal === undefined) return promise
  const wait = natives.lastWait()
  const abort = (): void => natives.cancelWait(wait, signal.reason)
  const settled = (): void => signal.removeEventListener('abort', abort)
  signal.addEventListener('abort', abort, { once: true })
  promise.then(settled, settled)
  return promise
}
