/** What a driver can do; a case names the one ability it needs. */
export type Ability =
  /** start one unit, evaluate `1` in it and close it again */
  | 'start'
  /** hold many units alive in one process */
  | 'many'
  /** run a given function in a unit, by whichever way */
  | 'work'
  /** call a loaded function and have its result on return */
  | 'sync'
  /** end a script after some time */
  | 'limit'
  /** call a loaded function without blocking the caller */
  | 'call'
  /** send messages one way, buffers moved as well as copied */
  | 'stream'
  /** send messages one way, copied */
  | 'feed'
  /** start many units and close them again */
  | 'lives'
  /** send messages from unit to unit */
  | 'between'
  /** answer messages of the host */
  | 'talk'
  /** send one message to many units */
  | 'spread'
  /** import an ES module in a unit */
  | 'import'
  /** look something up in a large table that many units use */
  | 'table'
  /** keep a value for all to read */
  | 'store'
  /** take a value out of the heap and back */
  | 'copy'
  /** compute many tasks, each in a unit of its own or in a few that stay */
  | 'tasks'
  /** do the tasks of workloads/tasks.cjs in a pool of workers */
  | 'pool'
  /** run one piece of code in a unit of its own */
  | 'evaluate'
  /** answer HTTP requests with many workers */
  | 'serve'
  /** answer HTTP requests for tenants that are apart from each other */
  | 'tenants'

/** One thread, process, context or isolate, alive and with its first evaluation done. */
export interface Unit {
  /** The operating system's process, where the unit is one of its own. */
  readonly pid?: number | undefined
  /** Set where starting it included its end, because the peer can only be timed as a whole. */
  readonly ended?: true
  /** Sends a function by its source; what it returns calls it on the unit's own thread. */
  load?<A, R>(work: (argument: A) => R): Promise<(argument: A) => Promise<R>>
  /** The same on the caller's thread. */
  loadSync?<A, R>(work: (argument: A) => R): (argument: A) => R
  /** Runs a script for so many milliseconds at most, and returns. */
  limit?(source: string, milliseconds: number): void
  /** Opens a way to the unit, whose receiver takes one message after another. */
  stream?(): Promise<Stream>
  /** Imports the module that the unit was started with. */
  importIt?(): Promise<unknown>
  /** What looks so many names up at random, in the table that was published, and resolves to the seconds of one. */
  table?(): Promise<(count: number) => Promise<number>>
  /** What reads a key of the store so many times and resolves to the seconds of one. */
  hot?(key: string, count: number): Promise<() => Promise<number>>
  /** Resolves when nothing of the unit is left. */
  close(): Promise<void> | void
}

export interface Stream {
  /** Resolves when so many messages, sent after this call, have arrived. */
  arrival(count: number): Promise<unknown>
  /** Buffers that are listed move. */
  send(value: unknown, transfer?: ArrayBuffer[]): void
}

/** Two units of which one sends to the other. */
export interface Flow {
  /** Has so many numbers sent; resolves when the last has arrived. */
  run(count: number): Promise<unknown>
  close(): Promise<unknown>
}

/** A unit that waits for messages and answers each with itself. */
export interface Talk {
  echo(value: unknown): Promise<unknown>
  close(): Promise<unknown>
}

/** Many units that are sent the same. */
export interface Spread {
  /** Resolves when all have it. */
  send(value: string): Promise<void>
  /** Whether they keep what comes from now on. */
  keep(kept: boolean): Promise<void>
  close(): Promise<unknown>
}

/** Workers that do tasks, by their names in workloads/tasks.cjs. */
export interface TaskPool {
  run(name: 'empty' | 'small', args: unknown[]): PromiseLike<unknown>
  close(): PromiseLike<unknown>
}

/** A web server, in a process of its own, all of whose workers are ready. */
export interface WebServer {
  readonly url: string
  /** Seconds from its launch to its first answer. */
  readonly first: number
  /** Of its processes. */
  pids(): number[]
  close(): Promise<void>
}

/** An opened driver: the peer is loaded and ready to make units. */
export interface Field {
  /** The peer's fastest way to a unit that has evaluated `1`. */
  start(): Promise<Unit> | Unit
  /** The same without blocking the caller, so that many can start at once. */
  startAside?(): Promise<Unit>
  between?(): Promise<Flow>
  talk?(): Promise<Talk>
  spread?(receivers: number): Promise<Spread>
  /** A unit that may import the ES module of that text. */
  startWith?(source: string): Promise<Unit>
  /** Makes a table, written as JSON, available to all units. */
  publish?(json: string): Promise<void> | void
  store?(): { get(key: string): unknown; set(key: string, value: unknown): unknown }
  pool?(workers: number): Promise<TaskPool>
  evaluate?(): (code: string) => Promise<unknown>
  /** `write` makes the form that `read` takes; a peer may keep it to itself. */
  copy?(): { write(value: object[]): unknown; read(form: unknown): object[] | undefined }
  /** For peers that start units elsewhere: the seconds in which so many live, by metric of the case `startup-100`; if quick, all at once only. */
  lives?(count: number, quick: boolean): Promise<Samples>
  serve?(workers: number): Promise<WebServer>
  tenants?(count: number): Promise<WebServer>
  /** Awaited before each start, outside of what is timed. */
  settle?(): Promise<void>
}

/** One way to run JavaScript beside the host's, used as its own makers advise. Importing it loads no peer. */
export interface Driver {
  readonly name: string
  /** A peer, unless it is one of ours, what nobody can go below (`floor`), or no way to run things in parallel at all (`inline`). */
  readonly role?: 'ours' | 'floor' | 'inline'
  /** For those of ours that are not compared with all peers: with which. */
  readonly rivals?: readonly string[]
  readonly provides: readonly Ability[]
  /** Flags the peer asks node for. */
  readonly flags?: readonly string[]
  /** The folder below `bench/peers` that has to be installed first. */
  readonly peer?: string
  /** Why it cannot run here, or undefined when it can. Asked after its peer is installed. */
  missing(): string | undefined
  version(): string
  open(): Promise<Field>
}

export type MeasureUnit = 'seconds' | 'bytes' | 'per second' | 'times'

export interface Metric {
  readonly label: string
  readonly unit: MeasureUnit
  /** Where its point stands in a case with an axis. */
  readonly at?: number
  /** What it is a point of, in a case with an axis; its label names the point. */
  readonly line?: string
  /** Which of two figures is the better one, where the unit does not say: less time, fewer bytes, more of all else. */
  readonly better?: 'less' | 'more'
}

/** What the metrics of a case are drawn over. */
export interface Axis {
  readonly label: string
  readonly scale: 'log' | 'linear'
}

export interface Budget {
  readonly quick: boolean
  /** How long one process should spend on samples, in milliseconds. */
  readonly milliseconds: number
}

export type Samples = Record<string, number[]>

export interface Case {
  readonly name: string
  readonly title: string
  readonly needs: Ability
  readonly metrics: Readonly<Record<string, Metric>>
  readonly axis?: Axis
  /** Processes per driver, where the harness's own number does not fit; a quick run may leave a case out. */
  readonly rounds?: { readonly full: number; readonly quick: number }
  readonly flags?: readonly string[]
  /** Cores without which the case says nothing. */
  readonly cores?: number
  /** Why a figure of ours is worse than a peer's, by `peer` or `metric@peer`: told only where it is. */
  readonly why?: Readonly<Record<string, string>>
  run(field: Field, budget: Budget): Promise<Samples>
}

export interface Summary {
  readonly median: number
  readonly p25: number
  readonly p75: number
  readonly p99: number
  readonly count: number
  /** The median of each process, in the order they ran. */
  readonly processes: readonly number[]
}

/** Figures of one driver in one case, by metric. */
export type Figures = Readonly<Record<string, Summary>>

export interface CaseReport {
  readonly name: string
  readonly title: string
  readonly metrics: Readonly<Record<string, Metric>>
  readonly axis?: Axis
  readonly drivers: Record<string, Figures>
  /** What went wrong, by driver: one that failed at times has figures all the same. */
  readonly failed: Readonly<Record<string, string>>
  readonly date: string
  /** What measuring it took. */
  readonly seconds: number
}

export interface Report {
  readonly format: 2
  readonly date: string
  readonly quick: boolean
  readonly machine: Machine
  readonly versions: Record<string, string>
  /** Drivers left out and why. */
  readonly missing: Record<string, string>
  readonly cases: CaseReport[]
}

export interface Machine {
  readonly node: string
  readonly v8: string
  readonly system: string
  readonly cpu: string
  readonly cores: number
  readonly memory: number
  /** Threads that ran or waited to run in the minute before. */
  readonly load: number
}
