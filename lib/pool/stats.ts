import { createHistogram } from 'node:perf_hooks'
import { native } from '../runtime.js'
import type { PoolHandle } from './natives.js'

/** How long something took, in milliseconds. */
export interface TimeSummary {
  /** How many are summed up. */
  count: number
  min: number
  mean: number
  max: number
  stddev: number
  p50: number
  p95: number
  p99: number
}

/** Figures of a pool since it was made. */
export interface PoolStats {
  /** Isolates that are alive, those included that are being made ready. */
  isolates: number
  /** Tasks that wait. */
  queued: number
  /** Tasks that are being done. */
  running: number
  /** Tasks that have ended well, and with an error. */
  completed: number
  failed: number
  /** Isolates that were replaced because they ended, or by `recycleAfter`. */
  replaced: number
  /** From `run` to the beginning of the task. */
  waitTime: TimeSummary
  /** From its beginning to its end. */
  runTime: TimeSummary
  /** The part of the isolates' time that went to tasks, 0 to 1. */
  utilization: number
}

/** A histogram of nanoseconds. */
class Times {
  readonly #histogram = createHistogram()
  #sum = 0

  add(nanoseconds: number): void {
    this.#histogram.record(Math.max(1, Math.round(nanoseconds)))
    this.#sum += nanoseconds
  }

  /** Milliseconds of all together. */
  get sum(): number {
    return this.#sum / 1e6
  }

  summary(): TimeSummary {
    const { count, min, mean, max, stddev } = this.#histogram
    if (count === 0) return { count: 0, min: 0, mean: 0, max: 0, stddev: 0, p50: 0, p95: 0, p99: 0 }
    const [p50, p95, p99] = [50, 95, 99].map((part) => this.#histogram.percentile(part) / 1e6) as [
      number,
      number,
      number,
    ]
    return { count, min: min / 1e6, mean: mean / 1e6, max: max / 1e6, stddev: stddev / 1e6, p50, p95, p99 }
  }
}

/** What has become of the tasks of a pool. */
export class Ledger {
  completed = 0
  failed = 0
  readonly #queue: PoolHandle
  readonly #waitTime = new Times()
  readonly #runTime = new Times()

  constructor(queue: PoolHandle) {
    this.#queue = queue
  }

  /** To be called when a task has ended: the engine keeps only so many times. */
  settled(): void {
    if ((this.completed + this.failed) % 1024 === 0) this.#takeSamples()
  }

  /** @param served Milliseconds that the pool had, all isolates and tasks at a time together. */
  figures(served: number): Omit<PoolStats, 'isolates' | 'replaced'> {
    this.#takeSamples()
    const [queued, running] = native.poolLoad(this.#queue)
    return {
      queued,
      running,
      completed: this.completed,
      failed: this.failed,
      waitTime: this.#waitTime.summary(),
      runTime: this.#runTime.summary(),
      utilization: served === 0 ? 0 : Math.min(1, this.#runTime.sum / served),
    }
  }

  #takeSamples(): void {
    const samples = native.poolSamples(this.#queue)
    for (let at = 0; at < samples.length; at += 2) {
      this.#waitTime.add(samples[at] as number)
      this.#runTime.add(samples[at + 1] as number)
    }
  }
}
