import { misuseError } from '../errors.js'
import { makeMap, mapForEach, mapGet, mapSet } from './builtins.js'
import { natives } from './natives.js'

interface Read {
  readonly value: unknown
  readonly version: number
}

interface Write {
  readonly value: unknown
  readonly isThere: boolean
}

/** What a transaction reads and writes through: a view of the store in which its own writes have happened already. */
export class StoreTransaction<V = unknown> {
  readonly #readStore: (key: string) => Read
  readonly #reads = makeMap<string, Read>()
  readonly #writes = makeMap<string, Write>()
  #closed = false

  /** @internal */
  constructor(readStore: (key: string) => Read) {
    this.#readStore = readStore
  }

  /** The value of a key; undefined when there is none. */
  get(key: string): V | undefined {
    this.#check()
    const written = mapGet(this.#writes, key)
    return (written === undefined ? this.#read(key).value : written.value) as V | undefined
  }

  has(key: string): boolean {
    this.#check()
    return mapGet(this.#writes, key)?.isThere ?? this.#read(key).version !== 0
  }

  set(key: string, value: V): this {
    this.#write(key, { value, isThere: true })
    return this
  }

  /** False when the key was not there. */
  delete(key: string): boolean {
    const was = this.has(key)
    this.#write(key, { value: undefined, isThere: false })
    return was
  }

  /**
   * What the store is to compare and to change, as it takes it. Nothing can be read or written through this any more.
   *
   * @internal
   */
  close(): { reads: unknown[]; writes: unknown[] } {
    this.#closed = true
    const reads: unknown[] = []
    const writes: unknown[] = []
    mapForEach(this.#reads, ({ version }, key) => {
      reads.push(key, version)
    })
    mapForEach(this.#writes, ({ value, isThere }, key) => {
      writes.push(key, value, isThere)
    })
    return { reads, writes }
  }

  /** Twice the same key is twice the same value. */
  #read(key: string): Read {
    const before = mapGet(this.#reads, key)
    if (before !== undefined) return before
    const read = this.#readStore(key)
    mapSet(this.#reads, key, read)
    return read
  }

  #write(key: string, write: Write): void {
    this.#check()
    if (typeof key !== 'string') this.#read(key)
    mapSet(this.#writes, key, write)
  }

  #check(): void {
    if (this.#closed) throw misuseError('The transaction is over: its fn has returned', 'ERR_INVALID_FUNCTION')
  }
}

/** See `SharedStore.transaction`. */
export function runTransaction<V, R>(
  store: object,
  read: (key: string) => Read,
  fn: (tx: StoreTransaction<V>) => R,
): R {
  for (;;) {
    const tx = new StoreTransaction<V>(read)
    let result: R
    try {
      result = fn(tx)
    } catch (error) {
      // What it saw may never have been there together.
      if (!natives.storeCommit(store, tx.close().reads, [])) continue
      throw error
    }
    const { reads, writes } = tx.close()
    if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
      throw misuseError('fn must not be asynchronous: nothing is kept for it while it waits', 'ERR_INVALID_FUNCTION')
    }
    if (natives.storeCommit(store, reads, writes)) return result
  }
}
