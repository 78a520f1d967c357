import { invalidType, outOfRange } from './errors.js'
import { runtimeOption } from './node/options.js'
import { reserve } from './node/reserve.js'
import { native } from './runtime.js'
import { type Checks, checkOptions } from './shared/options.js'

/** What `prewarm()` takes. */
export interface PrewarmOptions {
  /**
   * Of which isolates. Spare ones with all of Node are threads, several megabytes each, and serve the thread that called
   * `prewarm()`, and options that need no thread of their own: not `memoryLimit`, `env`, `argv` and `execArgv`. Default:
   * `'bare'`.
   */
  runtime?: 'bare' | 'node'
}

const prewarmChecks: Checks<PrewarmOptions> = { runtime: runtimeOption }

/**
 * Keeps as many spare isolates ready that a new one is there at once, in this process and on every thread; whenever one
 * is taken, another is made in the background. Isolates with a `memoryLimit` are always made anew.
 *
 * @param count How many, 0 to 10,000; 0 gives the spare ones back. Each takes about a megabyte.
 * @returns A promise that resolves when they are ready.
 *
 * @example
 * ```ts
 * await prewarm(4)
 * const isolate = new Isolate() // takes a ready one at its first use
 * ```
 */
export function prewarm(count: number, options?: PrewarmOptions): Promise<void> {
  if (typeof count !== 'number') throw invalidType('count', 'a number', count)
  if (!Number.isInteger(count) || count < 0 || count > 10_000) {
    throw outOfRange('count', 'an integer from 0 to 10000', count)
  }
  const { runtime = 'bare' } = checkOptions(options, prewarmChecks)
  return runtime === 'node' ? reserve(count) : native.prewarm(count)
}
