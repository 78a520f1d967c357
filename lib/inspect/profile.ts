import { setTimeout as delay } from 'node:timers/promises'
import type { Requests } from '../requests.js'
import { native } from '../runtime.js'
import { abortSignal, type Checks, milliseconds } from '../shared/options.js'
import { textOf } from './text.js'

/** A place in a profile's tree: a function, as it was called from its parent. */
export interface CpuProfileNode {
  id: number
  /** Lines and columns count from 0; -1 where there are none, as for `(root)`, `(program)`, `(idle)` and `(garbage collector)`. */
  callFrame: { functionName: string; scriptId: string; url: string; lineNumber: number; columnNumber: number }
  /** Samples that found this function running. */
  hitCount: number
  children?: number[]
  /** How many of them found which line, counted from 1. */
  positionTicks?: { line: number; ticks: number }[]
}

/**
 * Where an isolate has spent its time. Written as JSON into a file whose name ends with `.cpuprofile`, DevTools, VS Code and
 * other tools show it. Times in microseconds.
 */
export interface CpuProfile {
  nodes: CpuProfileNode[]
  startTime: number
  endTime: number
  /** The `id` of what ran, for each sample. */
  samples: number[]
  /** Time between each sample and the one before; for the first, since `startTime`. */
  timeDeltas: number[]
}

/** What `isolate.startCpuProfile()` takes. */
export interface CpuProfilingOptions {
  /** Milliseconds between two samples, with fractions; at least 0.05. Default: 1. */
  interval?: number
}

/** What `isolate.cpuProfile()` takes. */
export interface CpuProfileOptions extends CpuProfilingOptions {
  /** Milliseconds that are profiled. Default: 1000. */
  duration?: number
  /** Gives the profile up: it rejects with the signal's reason. */
  signal?: AbortSignal
}

const profilingChecks: Checks<CpuProfilingOptions> = { interval: milliseconds }
export const profileChecks: { profiling: Checks<CpuProfilingOptions>; profile: Checks<CpuProfileOptions> } = {
  profiling: profilingChecks,
  profile: { ...profilingChecks, duration: milliseconds, signal: abortSignal },
}

// What V8 can keep up with.
const leastInterval = 0.05
const mostInterval = 1000

/** A CPU profile that is being taken. */
export class CpuProfiling implements AsyncDisposable {
  readonly #requests: Requests
  readonly #number: number
  #profile: Promise<CpuProfile> | undefined

  /** @internal */
  constructor(requests: Requests, number: number) {
    this.#requests = requests
    this.#number = number
  }

  /**
   * Ends it. A second time it gives the same profile.
   *
   * @throws IsolateClosedError, MemoryLimitError when the isolate has ended meanwhile: its profile went with it.
   */
  stop(): Promise<CpuProfile> {
    this.#profile ??= this.#stop()
    return this.#profile
  }

  async #stop(): Promise<CpuProfile> {
    const text = await this.#requests.inspect((id) => native.stopCpuProfile(id, this.#number))
    return JSON.parse(textOf(text as ArrayBuffer[])) as CpuProfile
  }

  /** Ends it, and drops the profile. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {})
  }
}

export async function startCpuProfile(
  requests: Requests,
  { interval = 1 }: CpuProfilingOptions,
  signal?: AbortSignal,
): Promise<CpuProfiling> {
  const microseconds = Math.round(Math.min(Math.max(interval, leastInterval), mostInterval) * 1000)
  signal?.throwIfAborted()
  return new CpuProfiling(
    requests,
    (await requests.inspect((id) => native.startCpuProfile(id, microseconds), signal)) as number,
  )
}

/** @param closed Settles when the isolate has ended: nothing more comes of it. */
export async function cpuProfile(
  requests: Requests,
  { duration = 1000, signal, ...options }: CpuProfileOptions,
  closed: Promise<unknown>,
): Promise<CpuProfile> {
  const profiling = await startCpuProfile(requests, options, signal)
  const over = new AbortController()
  const end = (): void => over.abort()
  signal?.addEventListener('abort', end, { once: true })
  void closed.then(end)
  await delay(duration, undefined, { signal: over.signal }).catch(() => {})
  signal?.removeEventListener('abort', end)
  const profile = profiling.stop()
  if (signal?.aborted) {
    profile.catch(() => {})
    throw signal.reason
  }
  return await profile
}
