import type { CloseReason } from '../errors.js'
import { PoolError } from '../errors.js'
import { Isolate } from '../isolate.js'
import type { IsolateOptions } from '../options.js'
import { native, residences } from '../runtime.js'
import type { PoolHandle } from './natives.js'
import type { Size } from './options.js'

/** How the isolates of a pool are made, and when they go. */
export interface Terms {
  readonly name: string | undefined
  readonly size: Size
  readonly isolate: IsolateOptions
  readonly tasksPerIsolate: number
  readonly mostTasks: number
  readonly mostBytes: number
  readonly idleTimeout: number
  /** Makes a new isolate ready for tasks; undefined when there is nothing to do. */
  readonly prepare: ((isolate: Isolate) => Promise<unknown>) | undefined
}

/** Whom the crew tells. */
export interface Employer {
  /** Tasks that have not ended. */
  pending(): number
  spawned(isolate: Isolate): void
  left(isolate: Isolate, reason: CloseReason): void
  /** An isolate could not be made ready. */
  broken(error: PoolError): void
}

interface Member {
  readonly isolate: Isolate
  readonly since: number
  /** It goes because it is not needed any more. */
  dismissed: boolean
}

/** The isolates of a pool: made when there is work for them, replaced when they end, given back when they rest. */
export class Crew {
  readonly #queue: PoolHandle
  readonly #terms: Terms
  readonly #employer: Employer
  readonly #members = new Map<number, Member>()
  #made = 0
  #replaced = 0
  /** Milliseconds that isolates were alive which are gone. */
  #served = 0
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(queue: PoolHandle, terms: Terms, employer: Employer) {
    this.#queue = queue
    this.#terms = terms
    this.#employer = employer
  }

  get size(): number {
    return this.#members.size
  }

  get replaced(): number {
    return this.#replaced
  }

  get isolates(): Isolate[] {
    return [...this.#members.values()].map(({ isolate }) => isolate)
  }

  /** Milliseconds that the isolates were alive, all together. */
  get served(): number {
    const now = performance.now()
    return [...this.#members.values()].reduce((sum, { since }) => sum + now - since, this.#served)
  }

  /** Makes as many isolates as there is work for, within the bounds of the size. */
  fit(): void {
    const { size, tasksPerIsolate } = this.#terms
    const wanted = Math.min(size.max, Math.max(size.min, Math.ceil(this.#employer.pending() / tasksPerIsolate)))
    while (!this.#ended && this.#members.size < wanted) this.#add()
  }

  /** No more isolates are made. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  /** Ends all isolates now. */
  async terminate(reason?: unknown): Promise<void> {
    this.end()
    const members = [...this.#members.values()]
    for (const member of members) {
      member.dismissed = true
      member.isolate.terminate(reason)
    }
    await Promise.all(members.map(({ isolate }) => isolate.closed))
  }

  #add(): void {
    const { name, isolate: options } = this.#terms
    this.#made += 1
    const isolate = new Isolate(name === undefined ? options : { ...options, name: `${name}-${this.#made}` })
    const member: Member = { isolate, since: performance.now(), dismissed: false }
    this.#members.set(isolate.id, member)
    // Nothing that outlives the pool may keep it or its isolates: they end when nobody refers to it any more.
    const crew = new WeakRef(this)
    const { id } = isolate
    void isolate.closed.then((reason) => told(crew, (live) => live.#left(id, reason)))
    const residence = residences.get(id)
    if (residence !== undefined) residence.retired = () => told(crew, (live) => live.#dismiss(id))
    this.#employer.spawned(isolate)
    this.#prepare(isolate)
    if (this.#members.size > this.#terms.size.min) this.#watchIdle()
  }

  #prepare(isolate: Isolate): void {
    const { prepare } = this.#terms
    if (prepare === undefined) {
      this.#join(isolate)
      return
    }
    prepare(isolate).then(
      () => this.#join(isolate),
      (cause) => this.#break(isolate, cause instanceof Error ? cause.message : String(cause), cause),
    )
  }

  #break({ name }: Isolate, why: string, cause: unknown): void {
    if (this.#ended) return
    this.#employer.broken(
      new PoolError('ERR_POOL_BROKEN', `The pool is broken: ${name} cannot be made ready: ${why}`, { cause }),
    )
  }

  #join(isolate: Isolate): void {
    const { tasksPerIsolate, mostTasks, mostBytes } = this.#terms
    native.joinPool(this.#queue, isolate.id, tasksPerIsolate, mostTasks, mostBytes)
  }

  /** It has no task, and gets none any more. */
  #dismiss(id: number): void {
    const member = this.#members.get(id)
    if (member === undefined) return
    if (!member.dismissed) this.#replaced += 1
    member.dismissed = true
    // What tasks have left behind in it, timers for instance, goes with it.
    member.isolate.terminate()
  }

  #left(id: number, reason: CloseReason): void {
    const member = this.#members.get(id)
    if (member === undefined) return
    this.#members.delete(id)
    this.#served += performance.now() - member.since
    if (!member.dismissed) this.#replaced += 1
    this.#employer.left(member.isolate, reason)
    // Those in its place would end in the same way.
    const absent = native.neverCameToPool(this.#queue, id)
    if (absent && (reason.kind === 'memory-limit' || reason.kind === 'error')) {
      this.#break(member.isolate, endsOfStart[reason.kind], reason.cause)
    }
    this.fit()
  }

  #watchIdle(): void {
    const { idleTimeout } = this.#terms
    if (this.#timer !== undefined || this.#ended || idleTimeout > longestTimer) return
    const crew = new WeakRef(this)
    this.#timer = setTimeout(() => told(crew, (live) => live.#giveBack()), idleTimeout).unref()
  }

  #giveBack(): void {
    this.#timer = undefined
    const { size, idleTimeout } = this.#terms
    let spare = this.#members.size - size.min
    for (const id of native.idleInPool(this.#queue, idleTimeout)) {
      if (spare <= 0) break
      const member = this.#members.get(id)
      if (member === undefined || member.dismissed) continue
      spare -= 1
      member.dismissed = true
      // It may have been given a task in this very moment: then it goes after that.
      if (native.retireFromPool(this.#queue, id)) member.isolate.terminate()
    }
    if (spare > 0) this.#watchIdle()
  }
}

/** Why an isolate has not started. */
const endsOfStart = { 'memory-limit': 'it outgrew its memory as it started', error: 'it failed as it started' }

/** Node's timers know no longer ones. */
const longestTimer = 2 ** 31 - 1

function told(crew: WeakRef<Crew>, tell: (live: Crew) => void): void {
  const live = crew.deref()
  if (live !== undefined) tell(live)
}
