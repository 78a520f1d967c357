import { Result } from '../native.js'
import { optionChecks } from '../options.js'
import { Step } from '../shared/answer.js'
import { checkOptions } from '../shared/options.js'
import type { Invoke, RemoteOptions } from './invoke.js'
import { scripts } from './scripts.js'

/** A value of a guest that is kept for this stream. */
interface Kept {
  dispose(): void
}

/**
 * An asynchronous iterable of a guest, as its host iterates over it. The guest makes a step only when one is asked for;
 * leaving the loop early ends the guest's iteration, too.
 *
 * @example
 * ```ts
 * const count = await isolate.ref('async function* count(to) { for (let i = 0; i < to; i++) yield i }; count')
 * for await (const number of await count.call([3])) console.log(number) // 0 1 2
 * ```
 */
export class RemoteStream<T = unknown> implements AsyncIterableIterator<T, unknown, unknown>, AsyncDisposable {
  readonly #invoke: Invoke
  readonly #keep: (description: number) => Kept
  #options: RemoteOptions = {}
  #source: Kept | undefined
  #iterator: Promise<Kept> | undefined
  #ended = false

  /** @internal */
  constructor(invoke: Invoke, keep: (description: number) => Kept, source: Kept) {
    this.#invoke = invoke
    this.#keep = keep
    this.#source = source
  }

  /** Gives each step from now on a time limit, or a signal that ends the iteration. */
  withOptions(options: RemoteOptions): this {
    this.#options = checkOptions(options, optionChecks.remote)
    return this
  }

  next(value?: unknown): Promise<IteratorResult<T, unknown>> {
    return this.#take(Step.Next, value, this.#options)
  }

  /** Ends the guest's iteration. */
  return(value?: unknown): Promise<IteratorResult<T, unknown>> {
    return this.#take(Step.Return, value, {})
  }

  throw(error?: unknown): Promise<IteratorResult<T, unknown>> {
    return this.#take(Step.Throw, error, {})
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #take(kind: Step, value: unknown, options: RemoteOptions): Promise<IteratorResult<T, unknown>> {
    if (this.#ended) {
      if (kind === Step.Throw) throw value
      return { done: true, value: kind === Step.Return ? value : undefined }
    }
    if (kind === Step.Return) this.#ended = true
    this.#iterator ??= this.#open()
    let iterator: Kept | undefined
    try {
      iterator = await this.#iterator
      const result = await this.#step(iterator, kind, value, options)
      if (result.done) this.#end(iterator)
      return result
    } catch (error) {
      // What the guest throws has ended its iteration; what stopped the step from outside has not.
      if (iterator !== undefined && !this.#ended) this.#step(iterator, Step.Return, undefined, {}).catch(() => {})
      this.#end(iterator)
      throw error
    }
  }

  #step(iterator: Kept, kind: Step, value: unknown, options: RemoteOptions): Promise<IteratorResult<T, unknown>> {
    const args = [iterator, kind, value]
    return this.#invoke(scripts.step, args, options, Result.Copy) as Promise<IteratorResult<T, unknown>>
  }

  async #open(): Promise<Kept> {
    return this.#keep((await this.#invoke(scripts.iterator, [this.#source], {}, Result.Reference)) as number)
  }

  #end(iterator: Kept | undefined): void {
    this.#ended = true
    iterator?.dispose()
    this.#source?.dispose()
    this.#source = undefined
  }
}
