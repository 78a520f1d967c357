import { invalidType, misuseError } from '../errors.js'
import { makeMap, mapSet } from './builtins.js'
import { found, KnownValues } from './known.js'
import { Found, Handle, natives, State } from './natives.js'
import { type AbortSignalLike, abortSignal, type Checks, checkOptions, count, text } from './options.js'
import { Parts } from './parts.js'
import { checkPath, pathError, type StorePath } from './path.js'
import { runTransaction, type StoreTransaction } from './transaction.js'
import { type WaitOptions, type WaitSyncOptions, waitChecks, waitSyncChecks } from './wait.js'
import { waitForKey, waitForKeySync } from './waiter.js'
import { Watcher } from './watcher.js'

/** What `new SharedStore()` takes. */
export interface SharedStoreOptions {
  /** All who ask for a name get the same store, in the whole process, while anybody has it. Default: none. */
  name?: string
  /** Most bytes that keys and values take together, about; writes beyond it are refused. Default: Infinity. */
  maxBytes?: number
}

/** What a store holds. */
export interface SharedStoreStats {
  keys: number
  /** What keys and values take, about, and what is kept beside them. */
  bytes: number
  /** Infinity where there is no limit. */
  maxBytes: number
}

const storeChecks: Checks<SharedStoreOptions> = { name: text, maxBytes: count }
type Predicate = ((value: unknown) => boolean) | undefined

const watchChecks = { signal: abortSignal }

/**
 * Immutable values by key, one store for all isolates and threads of the process.
 *
 * A store is passed on like a value, as global, argument, result, through a channel or inside another store, and stays
 * the same store; one with a name can also be had by its name. What is put in is copied once, out of all heaps; what
 * comes out is frozen all through, and each isolate gets the same object until the key changes. Reading such a value
 * again takes no call and no lock. Dates and bytes (`Uint8Array`; an `ArrayBuffer` comes back as one) cannot be frozen, so
 * every reader gets its own.
 *
 * Values are: undefined, null, booleans, numbers, bigints, strings, dates, bytes, arrays and plain objects of
 * values, and what is shared by identity: channels, stores, `SharedArrayBuffer`s. Anything else is refused with a
 * `NotShareableError` that names the place, as are circular references and the store itself. Two stores that are put into
 * each other are never freed.
 *
 * @example
 * ```ts
 * const store = new SharedStore()
 * store.set('limits', { perMinute: 60, hosts: ['a', 'b'] })
 * await isolate.set({ store })
 * await isolate.run(`store.get('limits').hosts[1]`) // 'b'
 * await isolate.run(`store.add('hits', 1)`)
 * console.log(store.get('hits')) // 1
 * ```
 */
export class SharedStore<V = unknown> extends Handle {
  readonly #known = new KnownValues(this)
  readonly #parts = new Parts(this)

  /** @throws TypeError, RangeError for wrong options; also for a `maxBytes` other than that of the store of this name. */
  constructor(options?: string | SharedStoreOptions) {
    super()
    // One that comes from elsewhere is attached before it gets here.
    if (natives.isAttached(this)) return
    const { name, maxBytes } =
      typeof options === 'string' ? { name: options, maxBytes: undefined } : checkOptions(options, storeChecks)
    const limit = maxBytes === undefined || maxBytes === Number.POSITIVE_INFINITY ? 0 : maxBytes
    const store = natives.storeOpen(this, name, limit) as this
    if (maxBytes !== undefined && natives.storeUsage(store)[2] !== limit) {
      throw misuseError(`The store ${JSON.stringify(name)} is there with another maxBytes`, 'ERR_INVALID_OPTION')
    }
    // biome-ignore lint/correctness/noConstructorReturn: a named store that is here already stays one object
    return store
  }

  /** What it was made with; undefined for none. */
  get name(): string | undefined {
    return natives.storeName(this) || undefined
  }

  /** How many keys there are. */
  get size(): number {
    return natives.storeUsage(this)[0]
  }

  /** What keys and values take, about. */
  get bytes(): number {
    return natives.storeUsage(this)[1]
  }

  /** Most bytes it may take; Infinity where there is no limit. */
  get maxBytes(): number {
    return natives.storeUsage(this)[2] || Number.POSITIVE_INFINITY
  }

  /** The value of a key, frozen; undefined when there is none. */
  get(key: string): V | undefined {
    const known = this.#known.find(key)
    return (known === undefined ? this.#known.read(checkKey(key)) : known.value) as V | undefined
  }

  has(key: string): boolean {
    return natives.storeHas(this, checkKey(key))
  }

  /**
   * Puts a value in, in place of what was there.
   *
   * @throws NotShareableError; IsolateError with code `ERR_STORE_FULL`.
   */
  set(key: string, value: V): this {
    natives.storeSet(this, checkKey(key), value)
    return this
  }

  /** Takes a key out; false when it was not there. */
  delete(key: string): boolean {
    this.#known.forget(key)
    return natives.storeDelete(this, checkKey(key))
  }

  /** Takes all keys out, at one moment. */
  clear(): void {
    this.#known.clear()
    natives.storeClear(this)
  }

  /** All keys, in no order; those that come and go meanwhile may be among them or not. */
  keys(): string[] {
    return natives.storeKeys(this)
  }

  /** All keys with their values, in no order, as they were at one moment. */
  entries(): [key: string, value: V][] {
    const flat = natives.storeSnapshot(this)
    const entries: [string, V][] = []
    for (let i = 0; i < flat.length; i += 2) entries[i / 2] = [flat[i] as string, flat[i + 1] as V]
    return entries
  }

  /** The whole store as it is at one moment. */
  snapshot(): ReadonlyMap<string, V> {
    const map = makeMap<string, V>()
    const flat = natives.storeSnapshot(this)
    for (let i = 0; i < flat.length; i += 2) mapSet(map, flat[i] as string, flat[i + 1] as V)
    return map
  }

  [Symbol.iterator](): IterableIterator<[key: string, value: V]> {
    return this.entries()[Symbol.iterator]()
  }

  /**
   * A part of a value, without making the rest of it: of a table of any size it takes the same time. Undefined when there
   * is none.
   *
   * @example
   * ```ts
   * const users = new SharedStore('users')
   * users.set('byId', { 7: { name: 'Ada', roles: ['admin'] } })
   * users.getIn('byId', [7, 'roles', 0]) // 'admin'
   * ```
   */
  getIn(key: string, path: StorePath): unknown {
    return this.#parts.read(checkKey(key), checkPath(path))
  }

  /**
   * Replaces a part of a value; all the rest of it is shared by the old and the new one. Objects are made where the path
   * goes beyond what is there; an array takes one more element behind its last.
   *
   * @throws NotShareableError; IsolateError with code `ERR_STORE_FULL`; TypeError when the path goes through what is neither
   * array nor object; RangeError for an index beyond the end of an array.
   */
  setIn(key: string, path: StorePath, value: unknown): this {
    const answer = natives.storeSetIn(this, checkKey(key), checkPath(path), value)
    if (answer === 0) return this
    throw pathError(answer, path)
  }

  /** Takes a part out of a value, closing the gap it leaves in an array; false when it was not there. */
  removeIn(key: string, path: StorePath): boolean {
    const steps = checkPath(path)
    if (steps.length === 0) return this.delete(key)
    return natives.storeRemoveIn(this, checkKey(key), steps) === 0
  }

  /**
   * The value of a key; when there is none, what `make` returns is put in. Where several make one at the same time, all
   * get the first that was put in.
   *
   * @throws What `make` throws; NotShareableError; IsolateError with code `ERR_STORE_FULL`.
   */
  getOrSet(key: string, make: () => V): V {
    const { value, version } = this.#versioned(checkKey(key))
    if (version !== 0) return value as V
    return natives.storePutIfAbsent(this, key, checkFunction('make', make)(), found) as V
  }

  /**
   * Puts `next` in if the value equals `expected`, all through; `undefined` stands for a key that is not there as well. False
   * when it does not.
   *
   * @throws NotShareableError; IsolateError with code `ERR_STORE_FULL`.
   */
  compareAndSet(key: string, expected: V | undefined, next: V): boolean {
    return natives.storeCompareAndSet(this, checkKey(key), expected, next)
  }

  /**
   * Puts in what `fn` makes of the value, and returns that. When somebody else changes the key meanwhile, `fn` is called
   * again with the newer value.
   *
   * @throws What `fn` throws; NotShareableError; IsolateError with code `ERR_STORE_FULL`.
   */
  update(key: string, fn: (value: V | undefined) => V): V {
    checkKey(key)
    checkFunction('fn', fn)
    for (;;) {
      const known = this.#versioned(key)
      const next = natives.storeSetIfVersion(this, key, known.version, fn(known.value as V | undefined), found)
      if (found[Found.State] !== State.Absent) return next as V
    }
  }

  /**
   * Adds to a number or a bigint and returns the sum; a key that is not there counts as zero.
   *
   * @throws TypeError when the value is of another kind than `amount`.
   */
  add<N extends number | bigint>(key: string, amount: N): N extends number ? number : bigint {
    if (typeof amount !== 'number' && typeof amount !== 'bigint') {
      throw invalidType('amount', 'a number or a bigint', amount)
    }
    const sum = natives.storeAdd(this, checkKey(key), amount)
    if (sum === undefined) {
      throw misuseError(
        `The value of ${JSON.stringify(key)} is not a ${typeof amount}, so none can be added`,
        'ERR_INVALID_ARG_TYPE',
      )
    }
    return sum as N extends number ? number : bigint
  }

  /**
   * Reads and writes several keys as if nobody else did meanwhile: all that `fn` writes is put in at one moment, and only
   * if nothing that it has read has changed; else `fn` is called again. Returns what `fn` returns. When it throws,
   * nothing is written.
   *
   * @throws What `fn` throws; NotShareableError; IsolateError with code `ERR_STORE_FULL`.
   *
   * @example
   * ```ts
   * const accounts = new SharedStore<number>()
   * accounts.set('ada', 10).set('bob', 0)
   * accounts.transaction((tx) => {
   *   tx.set('ada', (tx.get('ada') ?? 0) - 5)
   *   tx.set('bob', (tx.get('bob') ?? 0) + 5)
   * })
   * ```
   */
  transaction<R>(fn: (tx: StoreTransaction<V>) => R): R {
    checkFunction('fn', fn)
    return runTransaction(this, (key) => this.#versioned(checkKey(key)), fn)
  }

  /**
   * The values of a key as they come: first the one that is there, then each newer one; undefined when the key is taken
   * out. Who is slower than the changes misses some, but never the last.
   *
   * @throws The signal's reason.
   */
  watch(key: string, options?: { signal?: AbortSignalLike }): AsyncIterableIterator<V | undefined> {
    const { signal } = checkOptions(options, watchChecks)
    return new Watcher<V | undefined>(this, checkKey(key), () => this.#versioned(key), signal)
  }

  /**
   * Waits until the value is what `predicate` wants, and returns it; without one, until there is any. Of values that come
   * and go while it waits, `predicate` may not see all.
   *
   * @param options - `timeout`: milliseconds, with fractions, after which it rejects with a TimeoutError. Default: none.
   * `signal`: gives the waiting up with its reason.
   *
   * @example
   * ```ts
   * const store = new SharedStore<number>()
   * isolate.run('store.set("done", 100)', { globals: { store } })
   * await store.wait('done', (percent) => percent === 100, { timeout: 1000 })
   * ```
   */
  async wait(key: string, predicate?: (value: V | undefined) => boolean, options?: WaitOptions): Promise<V> {
    checkKey(key)
    if (predicate !== undefined) checkFunction('predicate', predicate)
    const checked = checkOptions(options, waitChecks)
    return (await waitForKey(this, key, () => this.#versioned(key), predicate as Predicate, checked)) as V
  }

  /**
   * Blocks the thread until the value is what `predicate` wants, and returns it; without one, until there is any. On the main
   * thread with a `timeout` only.
   *
   * @param options - `timeout`: milliseconds, with fractions, after which a TimeoutError is thrown. Default: none.
   */
  waitSync(key: string, predicate?: (value: V | undefined) => boolean, options?: WaitSyncOptions): V {
    checkKey(key)
    if (predicate !== undefined) checkFunction('predicate', predicate)
    const checked = checkOptions(options, waitSyncChecks)
    return waitForKeySync(this, key, () => this.#versioned(key), predicate as Predicate, checked) as V
  }

  stats(): SharedStoreStats {
    const [keys, bytes, maxBytes] = natives.storeUsage(this)
    return { keys, bytes, maxBytes: maxBytes || Number.POSITIVE_INFINITY }
  }

  /** The newest value with its version, which is 0 for a key that is not there. */
  #versioned(key: string): { value: unknown; version: number } {
    const known = this.#known.find(key)
    if (known !== undefined) return known
    const value = this.#known.read(key)
    return { value, version: found[Found.Version] as number }
  }
}

function checkKey(key: unknown): string {
  if (typeof key !== 'string') throw invalidType('key', 'a string', key)
  return key
}

function checkFunction<F>(what: string, fn: F): F {
  if (typeof fn !== 'function') throw invalidType(what, 'a function', fn)
  return fn
}
