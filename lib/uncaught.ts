import { inspect } from 'node:util'
import { type IsolateError, invalidType, outOfRange } from './errors.js'

/** What `on('error')` tells of an error besides the error. */
export interface UncaughtDetails {
  /**
   * `uncaughtException`: a callback threw that nobody called, such as a timer's, or ran longer than the isolate's
   * `timeout`. `unhandledRejection`: a promise was rejected, and nobody waited for it.
   */
  kind: 'uncaughtException' | 'unhandledRejection'
}

/** Takes errors of the guest that no call of the host ends with. */
export type ErrorListener = (error: IsolateError, details: UncaughtDetails) => void

/** Who is told of errors that are nobody's. */
export class ErrorListeners {
  #entries: readonly { listener: ErrorListener; once: boolean }[] = []

  /** @throws TypeError, RangeError when there is no such event or no such listener. */
  add(event: 'error', listener: ErrorListener, once: boolean): void {
    check(event, listener)
    this.#entries = [...this.#entries, { listener, once }]
  }

  /** Takes the one out that was added last; nothing happens where there is none. */
  remove(event: 'error', listener: ErrorListener): void {
    check(event, listener)
    const last = this.#entries.findLastIndex((entry) => entry.listener === listener)
    this.#entries = this.#entries.filter((_, index) => index !== last)
  }

  /** False when there is nobody to tell. */
  tell(error: IsolateError, details: UncaughtDetails): boolean {
    const entries = this.#entries
    this.#entries = entries.filter(({ once }) => !once)
    for (const { listener } of entries) {
      try {
        listener(error, details)
      } catch (thrown) {
        // An uncaught exception of the host; the other listeners are told all the same.
        queueMicrotask(() => {
          throw thrown
        })
      }
    }
    return entries.length > 0
  }
}

function check(event: unknown, listener: unknown): void {
  if (event !== 'error') throw outOfRange('event', "'error'", event)
  if (typeof listener !== 'function') throw invalidType('listener', 'a function', listener)
}

/** What is printed of an error that nobody was told of. */
export function describeUncaught(error: IsolateError, { kind }: UncaughtDetails): string {
  const promise = kind === 'unhandledRejection' ? '(in promise) ' : ''
  return `Uncaught ${promise}${inspect(error)}`
}
