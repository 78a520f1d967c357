import { natives } from './natives.js'

const nothing = Symbol('nothing')

/** The values of a channel one after another, as `for await` takes them; by hand, because a generator waits twice more for each. */
export class Items<T> implements AsyncIterableIterator<T, void, undefined> {
  readonly #channel: object
  #over = false

  constructor(channel: object) {
    this.#channel = channel
  }

  /** @throws what `receive` throws, but for the end of the channel, which is the end of this. */
  next(): Promise<IteratorResult<T, void>> {
    if (this.#over) return this.return()
    try {
      const value = natives.channelTryReceive(this.#channel, nothing)
      if (value !== nothing) return Promise.resolve({ value: value as T, done: false })
      return natives.channelReceive(this.#channel, 0).then(
        (value) => ({ value: value as T, done: false }),
        (error) => this.#end(error),
      )
    } catch (error) {
      return new Promise((resolve) => resolve(this.#end(error)))
    }
  }

  return(): Promise<IteratorReturnResult<void>> {
    this.#over = true
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #end(error: unknown): IteratorReturnResult<void> {
    if ((error as { code?: unknown }).code !== 'ERR_CHANNEL_CLOSED') throw error
    this.#over = true
    return { value: undefined, done: true }
  }
}
