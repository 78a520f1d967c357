import { invalidType, misuseError, outOfRange } from './errors.js'
import { runtimeOption } from './node/options.js'
import { reserve } from './node/reserve.js'
import { native } from './runtime.js'
import { type Checks, checkOptions } from './shared/options.js'
import { mebibytes } from './shared/requests.js'

/** What `prewarm()` takes. */
export interface PrewarmOptions {
  /** The `memoryLimit` of the bare isolates that they are for; a heap has its limit from the start. Default: none. */
  memoryLimit?: number
  /**
   * Of which isolates. Spare ones with all of Node are threads, several megabytes each, and serve the thread that called
   * `prewarm()`, and options that need no thread of their own: not `memoryLimit`, `env`, `argv` and `execArgv`. Default:
   * `'bare'`.
   */
  runtime?: 'bare' | 'node'
}

const prewarmChecks: Checks<PrewarmOptions> = { memoryLimit: mebibytes, runtime: runtimeOption }

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
  const { memoryLimit = 0, runtime = 'bare' } = checkOptions(options, prewarmChecks)
  if (runtime === 'bare') return native.prewarm(count, memoryLimit * 2 ** 20)
  if (memoryLimit !== 0) {
    throw misuseError(
      'options.memoryLimit is for bare isolates: spare ones with all of Node have none',
      'ERR_INVALID_OPTION',
    )
  }
  return reserve(count)
}
