import { natives } from './natives.js'
import type { AbortSignalLike } from './options.js'

const ended = Symbol('ended')

/** The values of one key of a store as they change: see `SharedStore.watch`. */
export class Watcher<T> implements AsyncIterableIterator<T> {
  readonly #store: object
  readonly #key: string
  readonly #read: () => { value: unknown; version: number }
  readonly #signal: AbortSignalLike | undefined
  #version = 0
  #wait = 0
  #over = false
  // Those who ask for the next value before they have the last stand in line.
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    store: object,
    key: string,
    read: () => { value: unknown; version: number },
    signal: AbortSignalLike | undefined,
  ) {
    this.#store = store
    this.#key = key
    this.#read = read
    this.#signal = signal
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const next = this.#next(this.#last)
    this.#last = next.catch(() => {})
    return next
  }

  /** Ends a wait for the next value too. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#over = true
    if (this.#wait !== 0) natives.cancelWait(this.#wait, ended)
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #next(last: Promise<unknown>): Promise<IteratorResult<T, undefined>> {
    await last
    try {
      for (;;) {
        if (this.#over) return { done: true, value: undefined }
        if (this.#signal?.aborted) throw this.#signal.reason
        const { value, version } = this.#read()
        if (version !== this.#version) {
          this.#version = version
          return { done: false, value: value as T }
        }
        await this.#changed(version)
      }
    } catch (error) {
      this.#over = true
      if (error === ended) return { done: true, value: undefined }
      throw error
    }
  }

  async #changed(version: number): Promise<void> {
    const change = natives.storeWatch(this.#store, this.#key, version, 0)
    if (change === undefined) return
    const wait = natives.lastWait()
    const signal = this.#signal
    const abort = (): void => natives.cancelWait(wait, signal?.reason)
    this.#wait = wait
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await change
    } finally {
      this.#wait = 0
      signal?.removeEventListener('abort', abort)
    }
  }
}
