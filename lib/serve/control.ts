import type { SharedStore } from '../shared/store.js'
import {
  type AccessLogEntry,
  type Command,
  keys,
  type Report,
  reportedError,
  type ServeErrorDetails,
  type Settings,
  type ThreadData,
} from './settings.js'

/** Does what the server asks for. */
export type Perform = (kind: Command) => unknown

/** What a thread's program knows of its server, and how it tells it things. */
export class Control {
  readonly settings: Settings
  readonly env: unknown
  readonly store: SharedStore<unknown>
  /** Numbers of the thread's workers. */
  readonly workers: readonly number[]
  readonly #report: (report: Report) => Promise<void>
  #log: AccessLogEntry[] = []

  constructor({ store, workers }: ThreadData, report: (report: Report) => Promise<void>) {
    this.store = store
    this.workers = workers
    this.settings = store.get(keys.settings) as Settings
    this.env = store.get(keys.env)
    this.#report = report
  }

  ready(): void {
    this.#tell({ kind: 'ready' })
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

  #tell(report: Report): void {
    // It fails when the server has ended this thread: nobody is left to be told.
    this.#report(report).catch(() => {})
  }
}
