import { natives } from './natives.js'

/**
 * Makes the immutable form of a value: frozen all through, and kept outside of all heaps, so that to send it through
 * channels and to put it into stores, as often as one likes, copies nothing, and long strings are in memory once for all
 * isolates. It is the same for whoever receives it. The value itself is not changed.
 *
 * With dates or bytes in it, which JavaScript cannot freeze, it is copied each time all the same.
 *
 * @throws NotShareableError, which names the place: see `SharedStore` for what has such a form.
 *
 * @example
 * ```ts
 * const table = share(JSON.parse(text))
 * for (const channel of channels) await channel.send(table)
 * ```
 */
export function share<T>(value: T): T {
  return natives.share(value) as T
}

/** Whether a value has an immutable form: see `share`. A getter that throws makes it false. */
export function isShareable(value: unknown): boolean {
  return natives.isShareable(value)
}
