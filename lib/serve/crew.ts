import type { IsolateOptions } from '../options.js'
import type { Control } from './control.js'
import { restartDelay } from './delay.js'
import type { WebSocketSettings } from './settings.js'
import { AppWorker } from './worker.js'

/** How often a worker's memory is looked at: once in so many requests. */
const memoryEvery = 64

/** What the isolates of one I/O thread need to be made and replaced. */
export interface CrewPlan {
  readonly numbers: readonly number[]
  readonly options: IsolateOptions
  readonly webSocket: WebSocketSettings
  readonly module: string
  readonly startTimeout: number
  readonly closeTimeout: number
  /** 0 for no limit; so is `maxMemory`, in bytes. */
  readonly maxRequests: number
  readonly maxMemory: number
}

/**
 * The isolates of one I/O thread: as many as it has numbers. One that dies is replaced, one that is worn out after its
 * replacement is there.
 */
export class Crew {
  readonly #plan: CrewPlan
  readonly #control: Control
  #ready: AppWorker[] = []
  readonly #draining = new Set<AppWorker>()
  readonly #failures = new Map<number, number>()
  readonly #waiting: ((worker: AppWorker | undefined) => void)[] = []
  #next = 0
  #restarts = 0
  #ended = false

  constructor(plan: CrewPlan, control: Control) {
    this.#plan = plan
    this.#control = control
  }

  /**
   * Requests are welcome from when the first worker is ready: they wait for none of the others, which also start faster when one has been
   * there before them.
   *
   * @param open Has requests come.
   * @throws What the first of them throws that does not start.
   */
  async start(open: () => Promise<void>): Promise<void> {
    const [first, ...others] = this.#plan.numbers
    if (first !== undefined) await this.#launch(first)
    await open()
    await Promise.all(others.map((number) => this.#launch(number)))
  }

  /** The next in turn among those that have least to do; undefined when none is ready. */
  pick(): AppWorker | undefined {
    const ready = this.#ready
    let best: AppWorker | undefined
    for (let step = 0; step < ready.length; step++) {
      this.#next = this.#next + 1 < ready.length ? this.#next + 1 : 0
      const worker = ready[this.#next] as AppWorker
      if (worker.isClosed) continue
      if (best === undefined || worker.active < best.active) best = worker
      if (best.active === 0) break
    }
    return best
  }

  /** The same, after waiting for one; undefined when the crew has ended. */
  whenReady(): Promise<AppWorker | undefined> {
    if (this.#ended) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** A request is over: looks whether the worker should go on. */
  over(worker: AppWorker): void {
    const { maxRequests, maxMemory } = this.#plan
    if (worker.state !== 'ready') return
    if (maxRequests > 0 && worker.requests >= maxRequests) void this.#swap(worker)
    else if (maxMemory > 0 && worker.requests % memoryEvery === 0) {
      const { heapUsed, external } = worker.isolate.stats()
      if (heapUsed + external > maxMemory) void this.#swap(worker)
    }
  }

  /** Swaps all of them, one after another. */
  async reload(): Promise<void> {
    for (const worker of [...this.#ready]) await this.#replace(worker)
  }

  closeSockets(): void {
    for (const worker of [...this.#ready, ...this.#draining]) worker.closeSockets()
  }

  async drain(): Promise<void> {
    this.#ended = true
    for (const resolve of this.#waiting.splice(0)) resolve(undefined)
    const all = [...this.#ready, ...this.#draining]
    this.#ready = []
    await Promise.all(all.map((worker) => this.#retire(worker)))
  }

  stats(): object[] {
    return [...this.#ready, ...this.#draining].map((worker) => worker.stats())
  }

  get restarts(): number {
    return this.#restarts
  }

  async #launch(number: number): Promise<AppWorker> {
    const { options, webSocket, module, startTimeout } = this.#plan
    const worker = new AppWorker(number, `worker-${number}`, options, webSocket)
    worker.isolate.on('error', (error) => this.#control.error(error, { kind: 'uncaught', worker: number }))
    await worker.start(module, this.#control.env, startTimeout)
    this.#ready.push(worker)
    void worker.isolate.closed.then((reason) => this.#closed(worker, reason))
    for (const resolve of this.#waiting.splice(0)) resolve(worker)
    return worker
  }

  #closed(worker: AppWorker, reason: { kind: string }): void {
    this.#remove(worker)
    if (worker.state === 'stopped' || this.#ended) return
    const drained = worker.state === 'draining'
    worker.state = 'stopped'
    const error = new Error(`worker ${worker.number} has ended: ${reason.kind}`)
    this.#control.error(error, { kind: 'worker', worker: worker.number })
    if (!drained) this.#restart(worker)
  }

  /** Tries again, later each time, until one stays. */
  #restart(dead: Pick<AppWorker, 'number' | 'since'>): void {
    this.#restarts += 1
    const failures = Date.now() - dead.since > steady ? 0 : (this.#failures.get(dead.number) ?? 0)
    this.#failures.set(dead.number, failures + 1)
    setTimeout(() => {
      if (this.#ended) return
      const since = Date.now()
      this.#launch(dead.number).catch((error) => {
        this.#control.error(error, { kind: 'worker', worker: dead.number })
        this.#restart({ number: dead.number, since })
      })
    }, restartDelay(failures))
  }

  async #swap(worker: AppWorker): Promise<void> {
    // Asked for once: it gets requests until the other is there.
    worker.state = 'draining'
    try {
      await this.#replace(worker)
    } catch (error) {
      if (worker.state === 'draining') worker.state = 'ready'
      this.#control.error(error, { kind: 'worker', worker: worker.number })
    }
  }

  async #replace(worker: AppWorker): Promise<void> {
    await this.#launch(worker.number)
    this.#ready = this.#ready.filter((each) => each !== worker)
    await this.#retire(worker)
  }

  async #retire(worker: AppWorker): Promise<void> {
    this.#draining.add(worker)
    await worker.drain(this.#plan.closeTimeout)
    this.#remove(worker)
  }

  #remove(worker: AppWorker): void {
    this.#ready = this.#ready.filter((each) => each !== worker)
    this.#draining.delete(worker)
  }
}

/** One that has lived so long, in milliseconds, did not die of its start. */
const steady = 10_000
