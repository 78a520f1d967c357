import { invalidType, outOfRange } from './errors.js'
import { native } from './runtime.js'
import { checkOptions } from './shared/options.js'
import { mebibytes } from './shared/requests.js'

export interface PrewarmOptions {
  /** The `memoryLimit` of the isolates that they are for; a heap has its limit from the start. Default: none. */
  memoryLimit?: number
}

/**
 * Keeps as many spare isolates ready that a new one is there at once, in this process and on every thread; whenever one
 * is taken, another is made in the background. There is a number for each `memoryLimit`: an isolate with another limit
 * is made anew.
 *
 * @param count How many, 0 to 10,000; 0 gives the spare ones back. Each takes about a megabyte.
 * @returns A promise that resolves when they are ready.
 *
 * @example
 * ```ts
 * await prewarm(4, { memoryLimit: 64 })
 * const isolate = new Isolate({ memoryLimit: 64 }) // takes a ready one at its first use
 * ```
 */
export function prewarm(count: number, options?: PrewarmOptions): Promise<void> {
  if (typeof count !== 'number') throw invalidType('count', 'a number', count)
  if (!Number.isInteger(count) || count < 0 || count > 10_000) {
    throw outOfRange('count', 'an integer from 0 to 10000', count)
  }
  const { memoryLimit = 0 } = checkOptions(options, { memoryLimit: mebibytes })
  return native.prewarm(count, memoryLimit * 2 ** 20)
}
