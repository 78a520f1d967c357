import type { Channel } from '../shared/channel.js'
import { SharedStore } from '../shared/store.js'
import {
  type AccessLogEntry,
  type Command,
  keys,
  type Report,
  reportedError,
  type ServeErrorDetails,
  type Settings,
  type ThreadData,
  type WorkerState,
} from './settings.js'

/** A thread's end of the channels by which its server controls it. */
export class Control {
  readonly settings: Settings
  readonly env: unknown
  readonly store: SharedStore<unknown>
  readonly #commands: Channel<Command>
  readonly #reports: Channel<Report>
  #log: AccessLogEntry[] = []

  constructor({ store: name, thread }: ThreadData) {
    const store = new SharedStore<unknown>(name)
    this.store = store
    this.settings = store.get(keys.settings) as Settings
    this.env = store.get(keys.env)
    this.#commands = store.get(keys.commands(thread)) as Channel<Command>
    this.#reports = store.get(keys.reports(thread)) as Channel<Report>
  }

  ready(): void {
    this.#tell({ kind: 'ready' })
  }

  failed(error: unknown): void {
    this.#tell({ kind: 'failed', error: reportedError(error) })
  }

  worker(worker: number, state: WorkerState): void {
    this.#tell({ kind: 'worker', worker, state })
  }

  error(error: unknown, details: ServeErrorDetails): void {
    this.#tell({ kind: 'error', error: reportedError(error), details })
  }

  /** Asks to be replaced. */
  worn(): void {
    this.#tell({ kind: 'worn' })
  }

  /** Told in batches, one for each turn of the loop. */
  log(entry: AccessLogEntry): void {
    if (this.#log.push(entry) === 1) setImmediate(() => this.flush())
  }

  flush(): void {
    if (this.#log.length > 0) this.#tell({ kind: 'log', entries: this.#log })
    this.#log = []
  }

  /** Carries commands out as they come, until there are no more. They may overlap. */
  async serve(perform: (kind: Command['kind']) => unknown): Promise<void> {
    for await (const { number, kind } of this.#commands) void this.#perform(number, kind, perform)
  }

  async #perform(number: number, kind: Command['kind'], perform: (kind: Command['kind']) => unknown): Promise<void> {
    try {
      this.#tell({ kind: 'answer', number, value: await perform(kind) })
    } catch (error) {
      this.#tell({ kind: 'answer', number, error: reportedError(error) })
    }
  }

  #tell(report: Report): void {
    // It is closed when the server does not listen any more: nobody is left to be told.
    if (!this.#reports.closed) this.#reports.trySend(report)
  }
}
