import { outOfRange } from '../errors.js'
import { limitOf } from '../shared/requests.js'
import type { RunOptions } from './isolate-options.js'

function bounded(name: string, timeout: number | undefined, most: number): number {
  if (timeout === undefined || most === 0 || timeout <= most) return timeout ?? most
  throw outOfRange(`options.${name}`, `at most ${most} ms, the ${name} of the isolate that makes it`, timeout)
}

/** The time that calls of an isolate of a guest may take: no more than that guest's own where it has a limit. 0 stands for none. */
export class TimeLimits {
  readonly timeout: number
  readonly cpuTimeout: number
  readonly #mostTime: number
  readonly #mostCpu: number

  constructor(timeout: number | undefined, cpuTimeout: number | undefined, mostTime: number, mostCpu: number) {
    this.timeout = bounded('timeout', timeout, mostTime)
    this.cpuTimeout = bounded('cpuTimeout', cpuTimeout, mostCpu)
    this.#mostTime = mostTime
    this.#mostCpu = mostCpu
  }

  /** That of one call, as the engine takes it. */
  wallOf({ timeout, signal }: RunOptions): number {
    const limit = timeout === undefined ? this.timeout : bounded('timeout', timeout, this.#mostTime)
    return limitOf(limit, signal !== undefined)
  }

  cpuOf({ cpuTimeout }: RunOptions): number {
    return cpuTimeout === undefined ? this.cpuTimeout : bounded('cpuTimeout', cpuTimeout, this.#mostCpu)
  }
}
