import { join } from 'node:path'
import { packageRoot } from '../addon.js'
import { type CloseReason, TimeoutError } from '../errors.js'
import { Isolate } from '../isolate.js'
import type { SharedStore } from '../shared/store.js'
import { restartDelay } from './delay.js'
import type { Command, Report, ThreadData } from './settings.js'
import type { ThreadStats } from './stats.js'

/** What all threads of a server have in common, and what the server hears of them. */
export interface ThreadPlan {
  readonly program: ThreadData['program']
  readonly store: SharedStore<unknown>
  /** Where the imports of those begin who look into it. */
  readonly root: string
  /** Most memory of its heap in MiB, milliseconds that it may take until it is ready; 0 for no limit. */
  readonly memoryLimit: number
  readonly startTimeout: number
  report(thread: ServerThread, report: Exclude<Report, { kind: 'ready' }>): void
  /** It ended by itself, and will be started again. */
  crashed(thread: ServerThread, error: Error): void
}

/** A thread that has lived so long, in milliseconds, did not die of its start. */
const steady = 10_000

/**
 * A thread of a server, as the main thread has it: a Node isolate that is started, asked, and started again when it dies.
 */
export class ServerThread {
  readonly name: string
  readonly workers: readonly number[]
  readonly #plan: ThreadPlan
  #isolate: Isolate | undefined
  #failures = 0
  #since = 0
  #isReady = false
  #ended = false
  #again: NodeJS.Timeout | undefined

  /** @param name Of its isolate. */
  constructor(name: string, workers: readonly number[], plan: ThreadPlan) {
    this.name = name
    this.workers = workers
    this.#plan = plan
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** @throws What kept it from being ready; it has ended by then. */
  async start(): Promise<void> {
    this.#since = Date.now()
    const { program, store, root, memoryLimit, startTimeout } = this.#plan
    const isolate = new Isolate({
      runtime: 'node',
      name: this.name,
      modules: { root },
      uncaughtErrors: 'close',
      ...(memoryLimit > 0 ? { memoryLimit } : {}),
    })
    this.#isolate = isolate
    // It is why the isolate ends.
    isolate.on('error', () => {})
    const late = startTimeout > 0 ? setTimeout(() => isolate.terminate(tooLate(startTimeout)), startTimeout) : undefined
    await new Promise<void>((resolve, reject) => {
      let wasReady = false
      const hear = async (report: Report): Promise<void> => {
        if (report.kind !== 'ready') {
          this.#tell(report)
          return
        }
        clearTimeout(late)
        wasReady = true
        this.#isReady = true
        resolve()
      }
      const data: ThreadData = { program, store, workers: this.workers }
      // Under way for as long as the isolate lives: so it keeps the process alive, and tells of the end.
      isolate.call(runProgram, [programs, data, hear]).catch(async (error: Error) => {
        clearTimeout(late)
        this.#isReady = false
        isolate.terminate()
        const reason = await isolate.closed
        this.#isolate = undefined
        const cause = causeOf(error, reason, this.name)
        reject(cause)
        if (wasReady && !this.#ended) this.#restart(cause)
      })
    })
  }

  async ask(kind: Command): Promise<unknown> {
    if (this.#isolate === undefined) throw new Error(`${this.name} is not running`)
    return await this.#isolate.call(askProgram, [programs, kind])
  }

  async stats(): Promise<ThreadStats> {
    const isolate = this.#isolate
    const stats = (await this.ask('stats')) as ThreadStats
    if (isolate === undefined || this.#plan.program !== 'node') return stats
    const { heapUsed, external, cpuMs } = isolate.stats()
    return { ...stats, workers: stats.workers.map((worker) => ({ ...worker, memory: heapUsed + external, cpuMs })) }
  }

  /** Ends it after its requests. Never rejects. */
  async drain(milliseconds: number, how: 'drain' | 'retire' = 'drain'): Promise<void> {
    this.#ended = true
    clearTimeout(this.#again)
    const isolate = this.#isolate
    if (isolate === undefined) return
    let late: NodeJS.Timeout | undefined
    // Not as the timeout of the call, which begins when the thread's loop comes round to it.
    const enough = new Promise<void>((resolve) => {
      late = setTimeout(resolve, milliseconds)
    })
    if (this.#isReady) await Promise.race([this.ask(how).catch(() => {}), enough])
    clearTimeout(late)
    isolate.terminate()
    await isolate.closed
  }

  /** Ends it at once; it is started again. */
  kill(reason: Error): void {
    this.#isolate?.terminate(reason)
  }

  #tell(report: Exclude<Report, { kind: 'ready' }>): void {
    try {
      this.#plan.report(this, report)
    } catch (error) {
      // A function of the user's threw, and that is nothing the thread could know of.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  #restart(error: Error): void {
    if (Date.now() - this.#since > steady) this.#failures = 0
    const after = restartDelay(this.#failures)
    this.#failures += 1
    this.#plan.crashed(this, error)
    this.#again = setTimeout(() => {
      this.start().catch((failure) => {
        if (!this.#ended) this.#restart(failure)
      })
    }, after)
  }
}

const programs = join(packageRoot, 'dist/serve/program.js')

/** These run in the thread. */
type Programs = typeof import('./program.js')
const runProgram = (path: string, ...args: Parameters<Programs['run']>): Promise<never> =>
  (require(path) as Programs).run(...args)
const askProgram = (path: string, kind: Command): Promise<unknown> => (require(path) as Programs).ask(kind)

/** Why a thread has ended, for people: what nobody has handled in it, or what its call was told. */
function causeOf(error: Error, { kind, cause, exitCode }: CloseReason, name: string): Error {
  if (kind === 'exit') return new Error(`${name} has ended with code ${exitCode}`)
  return cause instanceof Error ? cause : error
}

function tooLate(milliseconds: number): TimeoutError {
  return new TimeoutError('ERR_TIMEOUT', `The app was not ready within its startTimeout of ${milliseconds} ms`)
}
