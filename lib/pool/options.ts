import { invalidType, misuseError, outOfRange } from '../errors.js'
import { type IsolateOptions, optionChecks, type RunOptions } from '../options.js'
import type { AnyFunction } from '../remote/types.js'
import {
  action,
  type Check,
  type Checks,
  checkOptions,
  count,
  flag,
  milliseconds,
  positive,
} from '../shared/options.js'

/** What `new Pool()` takes; what is not of the pool itself is for each of its isolates. */
export interface PoolOptions extends IsolateOptions {
  /**
   * How many isolates work: a number, or the fewest and the most. They are made when there is work for them; beyond `min`,
   * those that rest for `idleTimeout` are given back. Default: the number of cores.
   */
  size?: number | { min?: number; max: number }
  /** Tasks that one isolate has at a time: more than 1 for those that wait for something. Default: 1. */
  tasksPerIsolate?: number
  /**
   * Most tasks that may wait, besides those that are being done; `run` rejects further ones with `ERR_POOL_FULL`. Default:
   * Infinity.
   */
  maxQueue?: number
  /**
   * The module whose exports tasks name: a path, relative to the working directory, or a `file:` URL; with the option
   * `modules` what an `import` there would say. Without that option, the files of the module's directory can be imported.
   */
  module?: string | URL
  /**
   * Called once in each isolate before its first task: a function, which travels by its source, or the name of an export of
   * `module`. What it puts into `globalThis` is there for tasks. When it throws, the pool is broken: all tasks are refused.
   */
  initialize?: AnyFunction | string
  /** What `initialize` is called with. */
  initializeArgs?: unknown[]
  /** Milliseconds that the import of `module` and `initialize` may take, each. Default: 30,000. */
  initializeTimeout?: number
  /** Replaces an isolate by a new one after so many tasks, or when its heap and buffers have outgrown so many bytes. */
  recycleAfter?: number | { tasks?: number; bytes?: number }
  /** Milliseconds that isolates beyond `size.min` may rest before they are given back. Default: 10,000. */
  idleTimeout?: number
  /** Default `retries` of tasks. Default: 0. */
  retries?: number
}

/** What `pool.run()` takes. A `timeout` counts from when the task begins: the time in the queue is not in it. */
export interface PoolRunOptions extends Omit<RunOptions, 'lineOffset' | 'columnOffset' | 'globals'> {
  /** An integer: those of higher priority go first, equal ones in order of arrival. Default: 0. */
  priority?: number
  /**
   * How often it is begun anew when its isolate ends in the midst of it (out of memory, terminated); not when it throws or
   * takes too long. Cannot be together with `transfer`. Default: the pool's.
   */
  retries?: number
  /** Another module than the pool's, for a task that is named. */
  module?: string | URL
  /** Gives the task one more argument at the end, a function, and is called with what the task calls that with. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the task says
  onProgress?: (progress: any) => void
}

export interface Size {
  readonly min: number
  readonly max: number
}

const naturalNumber: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number', value)
  if (!(Number.isSafeInteger(value) && value >= 0)) throw outOfRange(what, 'an integer from 0', value)
}

const queueLength: Check = (what, value) => {
  if (value !== Number.POSITIVE_INFINITY) naturalNumber(what, value)
}

const size: Check = (what, value) => {
  if (typeof value === 'number') return positive(what, value)
  if (typeof value !== 'object' || value === null) throw invalidType(what, 'a number, or { min, max }', value)
  checkOptions(value as { min?: number; max: number }, { min: naturalNumber, max: positive }, what)
  const { min = 0, max } = value as { min?: number; max?: number }
  if (max === undefined) throw invalidType(`${what}.max`, 'a number', max)
  if (min > max) throw outOfRange(`${what}.min`, `at most ${what}.max, ${max}`, min)
}

const recycling: Check = (what, value) => {
  if (typeof value === 'number') return positive(what, value)
  if (typeof value !== 'object' || value === null) throw invalidType(what, 'a number, or { tasks, bytes }', value)
  checkOptions(value, { tasks: positive, bytes: positive }, what)
}

const specifier: Check = (what, value) => {
  if (typeof value !== 'string' && !(value instanceof URL)) throw invalidType(what, 'a string or a URL', value)
}

const initializer: Check = (what, value) => {
  if (typeof value !== 'function' && typeof value !== 'string') {
    throw invalidType(what, 'a function, or the name of an export', value)
  }
}

const list: Check = (what, value) => {
  if (!Array.isArray(value)) throw invalidType(what, 'an array', value)
}

const duration: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number of milliseconds', value)
  if (!(value >= 0)) throw outOfRange(what, 'at least 0 milliseconds', value)
}

const priority: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number', value)
  if (!(Number.isInteger(value) && Math.abs(value) < 2 ** 31)) throw outOfRange(what, 'an integer of 32 bits', value)
}

const poolOnly = {
  size,
  tasksPerIsolate: positive,
  maxQueue: queueLength,
  module: specifier,
  initialize: initializer,
  initializeArgs: list,
  initializeTimeout: milliseconds,
  recycleAfter: recycling,
  idleTimeout: duration,
  retries: naturalNumber,
}
const poolChecks: Checks<PoolOptions> = { ...optionChecks.isolate, ...poolOnly }
const runChecks: Checks<PoolRunOptions> = {
  ...optionChecks.call,
  priority,
  retries: naturalNumber,
  module: specifier,
  onProgress: action,
}
export const mapChecks = { ...runChecks, concurrency: count, ordered: flag }

/** @throws TypeError, RangeError for wrong options. */
export function checkPoolOptions(options: PoolOptions | undefined): PoolOptions {
  const checked = checkOptions(options, poolChecks)
  if (checked.initializeArgs !== undefined && checked.initialize === undefined) {
    throw misuseError('options.initializeArgs are for options.initialize, which is not given', 'ERR_INVALID_OPTION')
  }
  return checked
}

/** @throws TypeError, RangeError for wrong options. */
export function checkRunOptions(options: PoolRunOptions): PoolRunOptions {
  const checked = checkOptions(options, runChecks)
  if ((checked.retries ?? 0) > 0 && (checked.transfer?.length ?? 0) > 0) {
    throw misuseError(
      'options.retries and options.transfer exclude each other: what has moved cannot be sent again',
      'ERR_INVALID_OPTION',
    )
  }
  return checked
}

/** Those options that are for the isolates. */
export function isolateOptions(options: PoolOptions): IsolateOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(poolOnly, name)))
}
