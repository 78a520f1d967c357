import { createHistogram } from 'node:perf_hooks'

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
export class Times {
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
