import type { ConsoleEntry } from './console.js'
import { Isolate } from './isolate.js'
import { type IsolateOptions, optionChecks, type RunOptions } from './options.js'
import { checkOptions, count } from './shared/options.js'
import type { IsolateStats } from './stats.js'

/** What `evaluate()` takes: the options of an isolate, and those of a run in it. */
export interface EvaluateOptions extends IsolateOptions, Omit<RunOptions, 'timeout' | 'globals'> {}

/** What `evaluateSettled()` takes. */
export interface EvaluateSettledOptions extends Omit<EvaluateOptions, 'console'> {
  /** Most characters of output that are kept; what comes after is dropped. Default: 1 MiB. */
  maxOutput?: number
}

/** What `console` in the code has printed. */
export type OutputEntry = Pick<ConsoleEntry, 'method' | 'stream' | 'text'>

/** All that is to be known of an evaluation. */
export type Evaluation<T = unknown> = (
  | { status: 'fulfilled'; value: T }
  /** The error that `evaluate()` would have rejected with. */
  | { status: 'rejected'; reason: unknown }
) & {
  output: OutputEntry[]
  /** There was more output than `maxOutput`. */
  truncated: boolean
  stats: Pick<IsolateStats, 'cpuMs' | 'wallMs' | 'heapUsed' | 'external'>
}

/**
 * Runs one piece of code in an isolate of its own, and gives a copy of its completion value: code in, result out, nothing left
 * behind. Timers and promises that the code has not waited for end with it.
 *
 * An isolate that {@link prewarm} has made ready takes a fraction of a millisecond.
 *
 * @throws As `new Isolate()` and `isolate.run()`.
 *
 * @example
 * ```ts
 * await prewarm(4, { memoryLimit: 32 })
 * console.log(await evaluate('a + b', { globals: { a: 20, b: 22 }, memoryLimit: 32, timeout: 100 })) // 42
 * ```
 */
export async function evaluate<T = unknown>(code: string, options?: EvaluateOptions): Promise<T> {
  const [make, run] = split(checkOptions(options, evaluateChecks))
  const isolate = new Isolate(make)
  try {
    return await isolate.run<T>(code, run)
  } finally {
    isolate.terminate()
  }
}

/**
 * As `evaluate`, for those who want to know all about it: gives the value or the error, what the code has printed, and what it
 * took. Rejects only for wrong options.
 *
 * @example
 * ```ts
 * const { status, output, stats } = await evaluateSettled('console.log("hi"); null.x', { timeout: 100 })
 * console.log(status, output[0].text, stats.cpuMs) // rejected hi 0.2
 * ```
 */
export async function evaluateSettled<T = unknown>(
  code: string,
  options?: EvaluateSettledOptions,
): Promise<Evaluation<T>> {
  const { maxOutput = 2 ** 20, ...rest } = checkOptions(options, settledChecks)
  const [make, run] = split(rest)
  const output: OutputEntry[] = []
  let room = maxOutput
  let truncated = false
  const keep = ({ method, stream, text }: ConsoleEntry): void => {
    if (text.length > room) truncated = true
    if (room > 0) output.push({ method, stream, text: text.slice(0, room) })
    room = Math.max(0, room - text.length - 1)
  }
  const isolate = new Isolate({ ...make, console: keep })
  try {
    const [result] = await Promise.allSettled([isolate.run<T>(code, run)])
    const { cpuMs, wallMs, heapUsed, external } = isolate.stats()
    return { ...result, output, truncated, stats: { cpuMs, wallMs, heapUsed, external } }
  } finally {
    isolate.terminate()
  }
}

const evaluateChecks = { ...optionChecks.run, ...optionChecks.isolate }
const { console: _, ...settledChecks } = { ...evaluateChecks, maxOutput: count }

/** The options of the isolate, and those of the run. */
function split(options: object): [IsolateOptions, RunOptions] {
  const entries = Object.entries(options)
  const ofIsolate = ([name]: [string, unknown]): boolean => Object.hasOwn(optionChecks.isolate, name)
  const run = Object.fromEntries(entries.filter((entry) => !ofIsolate(entry))) as RunOptions
  return [Object.fromEntries(entries.filter(ofIsolate)), { filename: 'isolate:evaluate', ...run }]
}
