import { makeError } from './failure.js'
import { Answer, natives } from './natives.js'
import { type WaitOptions, type WaitSyncOptions, withSignal } from './wait.js'

/** A value with its version, which is 0 for a key that is not there. */
export interface Versioned {
  readonly value: unknown
  readonly version: number
}

type Read = () => Versioned
type Predicate = ((value: unknown) => boolean) | undefined

function isWanted({ value, version }: Versioned, predicate: Predicate): boolean {
  return predicate === undefined ? version !== 0 : predicate(value)
}

function deadlineOf({ timeout }: WaitSyncOptions): number {
  return timeout === undefined ? 0 : natives.storeDeadline(timeout)
}

/** The value of a key once it is what the predicate wants: see `SharedStore.wait`. */
export async function waitForKey(
  store: object,
  key: string,
  read: Read,
  predicate: Predicate,
  options: WaitOptions,
): Promise<unknown> {
  const { signal } = options
  const deadline = deadlineOf(options)
  for (;;) {
    if (signal?.aborted) throw signal.reason
    const known = read()
    if (isWanted(known, predicate)) return known.value
    const change = natives.storeWatch(store, key, known.version, deadline)
    if (change !== undefined) await withSignal(change, signal)
  }
}

/** The same, blocking the thread. */
export function waitForKeySync(
  store: object,
  key: string,
  read: Read,
  predicate: Predicate,
  options: WaitSyncOptions,
): unknown {
  const deadline = deadlineOf(options)
  for (;;) {
    const known = read()
    if (isWanted(known, predicate)) return known.value
    const answer = natives.storeBlock(store, key, known.version, deadline)
    // An isolate that is being stopped gets no answer.
    if (answer === undefined) return undefined
    if (answer !== Answer.Done) {
      throw makeError(answer === Answer.TimeUp ? 'ERR_TIMEOUT' : 'ERR_WOULD_BLOCK', '', '')
    }
  }
}
