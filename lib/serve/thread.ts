import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Channel } from '../shared/channel.js'
import type { SharedStore } from '../shared/store.js'
import { restartDelay } from './delay.js'
import { type Command, keys, type Report, revivedError, type ThreadData } from './settings.js'

/** What a thread's server hears of it. */
export interface ThreadListener {
  /** Most memory of its heap in MiB; 0 for no limit. */
  readonly memoryLimit: number
  report(thread: ServerThread, report: Exclude<Report, { kind: 'ready' | 'failed' | 'answer' }>): void
  /** It ended by itself, and will be started again after so many milliseconds. */
  crashed(thread: ServerThread, error: Error, after: number): void
}

/** A thread that has lived so long, in milliseconds, did not die of its start. */
const steady = 10_000

interface Question {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * A thread of a server, as the main thread has it: started, asked, and started again when it dies.
 */
export class ServerThread {
  readonly number: number
  readonly workers: readonly number[]
  readonly #store: SharedStore<unknown>
  readonly #name: string
  readonly #program: string
  readonly #listener: ThreadListener
  readonly #questions = new Map<number, Question>()
  #thread: Worker | undefined
  #commands = new Channel<Command>({ orphans: 'drop' })
  #last = 0
  #failures = 0
  #since = 0
  #isReady = false
  #ended = false
  #again: NodeJS.Timeout | undefined

  constructor(
    number: number,
    workers: readonly number[],
    program: string,
    store: SharedStore<unknown>,
    name: string,
    listener: ThreadListener,
  ) {
    this.number = number
    this.workers = workers
    this.#program = program
    this.#store = store
    this.#name = name
    this.#listener = listener
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** @throws What kept it from being ready. */
  start(): Promise<void> {
    this.#since = Date.now()
    const commands = new Channel<Command>()
    const reports = new Channel<Report>()
    this.#commands = commands
    this.#store.set(keys.commands(this.number), commands)
    this.#store.set(keys.reports(this.number), reports)
    const workerData: ThreadData = { store: this.#name, thread: this.number, workers: this.workers }
    const { memoryLimit } = this.#listener
    const thread = new Worker(join(__dirname, this.#program), {
      workerData,
      name: `isolates-serve-${this.number}`,
      ...(memoryLimit > 0 ? { resourceLimits: { maxOldGenerationSizeMb: memoryLimit } } : {}),
    })
    this.#thread = thread
    let failure: Error | undefined
    let wasReady = false
    return new Promise<void>((resolve, reject) => {
      const begun = (error?: Error): void => {
        if (error === undefined) {
          wasReady = true
          this.#isReady = this.#thread === thread
          resolve()
        } else {
          failure = error
          reject(error)
        }
      }
      thread.on('error', (error) => {
        failure ??= error as Error
      })
      const heard = this.#hear(reports, begun)
      thread.once('exit', async (code) => {
        commands.close({ drop: true })
        reports.close()
        this.#isReady = false
        if (this.#thread === thread) this.#thread = undefined
        // What it said last, perhaps why it ended, may not have been heard yet.
        await heard
        const error = failure ?? new Error(`thread ${this.number} has ended with code ${code}`)
        for (const question of this.#questions.values()) question.reject(error)
        this.#questions.clear()
        reject(error)
        if (wasReady && !this.#ended) this.#restart(error)
      })
    })
  }

  async ask(kind: Command['kind']): Promise<unknown> {
    if (this.#thread === undefined) throw new Error(`thread ${this.number} is not running`)
    this.#last += 1
    const number = this.#last
    const answer = new Promise((resolve, reject) => this.#questions.set(number, { resolve, reject }))
    this.#commands.trySend({ number, kind })
    return await answer
  }

  /** Ends it after its requests. Never rejects. */
  async drain(milliseconds: number, how: 'drain' | 'retire' = 'drain'): Promise<void> {
    this.#ended = true
    clearTimeout(this.#again)
    const thread = this.#thread
    if (thread === undefined) return
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
    let late: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      late = setTimeout(resolve, milliseconds)
    })
    if (this.#isReady) await Promise.race([this.ask(how).catch(() => {}), enough, ended])
    clearTimeout(late)
    await thread.terminate()
    await ended
  }

  /** Ends it at once; it is started again. */
  kill(): void {
    void this.#thread?.terminate()
  }

  async #hear(reports: Channel<Report>, begun: (error?: Error) => void): Promise<void> {
    for await (const report of reports) {
      if (report.kind === 'ready') begun()
      else if (report.kind === 'failed') begun(revivedError(report.error))
      else if (report.kind !== 'answer') this.#listener.report(this, report)
      else {
        const question = this.#questions.get(report.number)
        this.#questions.delete(report.number)
        if (report.error === undefined) question?.resolve(report.value)
        else question?.reject(revivedError(report.error))
      }
    }
  }

  #restart(error: Error): void {
    if (Date.now() - this.#since > steady) this.#failures = 0
    const after = restartDelay(this.#failures)
    this.#failures += 1
    this.#listener.crashed(this, error, after)
    this.#again = setTimeout(() => {
      this.start().catch(async (failure) => {
        // Its failed start may have left it running.
        await this.#thread?.terminate()
        if (!this.#ended) this.#restart(failure)
      })
    }, after)
  }
}
