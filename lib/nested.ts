import { inspect } from 'node:util'
import type { Isolate } from './isolate.js'
import { native } from './runtime.js'
import { type IsolateStats, stateOf, statsOf } from './stats.js'

/**
 * An isolate that a guest made, as its host sees it: `Isolate.all()` lists it. Who made it owns it, so only that guest
 * runs code in it; the host knows of it, and can end it.
 *
 * @example
 * ```ts
 * await isolate.run('globalThis.child = new isolates.Isolate({ name: "child" }); undefined')
 * const [, child] = Isolate.all()
 * if (child instanceof NestedIsolate) console.log(child.name, child.parent, child.stats().heapUsed)
 * ```
 */
export class NestedIsolate {
  readonly #id: number
  readonly #name: string
  readonly #parent: number

  /** @internal */
  constructor(id: number, name: string, parent: number) {
    this.#id = id
    this.#name = name
    this.#parent = parent
  }

  /** More than 0, and never used twice in a process. */
  get id(): number {
    return this.#id
  }

  get name(): string {
    return this.#name
  }

  /** The `id` of the isolate whose guest made it. */
  get parent(): number {
    return this.#parent
  }

  /** `running` while it has work to do, `closed` from the moment it was told to end. */
  get state(): Isolate['state'] {
    return stateOf(this.#id)
  }

  stats(): IsolateStats {
    return statsOf(this.#id)
  }

  /** Stops what runs in it, now, and closes it: what its maker waits for rejects with an IsolateClosedError. */
  terminate(): void {
    native.terminate(this.#id)
  }

  [inspect.custom](_depth: number, options: unknown): string {
    const { id, name, parent, state } = this
    return `NestedIsolate ${inspect({ id, name, parent, state }, options as object)}`
  }
}

const known = new Map<number, WeakRef<NestedIsolate>>()

/** Those below the isolates of this thread that are not closed, in order of creation; the same object for an id each time. */
export function nestedIsolates(): NestedIsolate[] {
  for (const [id, reference] of known) if (reference.deref() === undefined) known.delete(id)
  const found: NestedIsolate[] = []
  const list = native.nested()
  for (let at = 0; at < list.length; at += 3) {
    const [id, name, parent] = list.slice(at, at + 3) as [number, string, number]
    const isolate = known.get(id)?.deref() ?? new NestedIsolate(id, name, parent)
    known.set(id, new WeakRef(isolate))
    found.push(isolate)
  }
  return found
}
