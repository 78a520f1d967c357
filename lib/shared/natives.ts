import type { ErrorCode } from '../codes.js'

/**
 * The functions of the addon that the classes in this folder are built on: the same for the host and, in every
 * isolate, for the guest. Arguments are positional and checked by the caller. A timeout of 0 means none.
 */
export interface SharedNatives {
  /** Makes a handle: see `Handle`. */
  Handle: new () => object
  /** Tells the addon the classes in the order of `SharedObject::Kind`, how to make an error of a code, and the language's own functions of these names. */
  register(
    classes: readonly (new () => object)[],
    makeError: (code: ErrorCode, where: string, what: string) => Error,
    keys: (of: object) => string[],
    values: (of: object) => unknown[],
    freeze: (what: object) => object,
  ): void
  /** Whether the handle stands for something already: then it was made by the addon, for what came from elsewhere. */
  isAttached(handle: object): boolean
  /** Whether promises that wait for this object keep the process alive. */
  hold(handle: object, held: boolean): void
  /** Names the promise that was made last, for `cancelWait`. */
  lastWait(): number
  /** Rejects that promise with the reason, unless what it waits for has come. */
  cancelWait(wait: number, reason: unknown): void

  /** See lib/shared/plain.ts: what the addon calls, and the lists from now on. */
  plainWriter(
    encode: (value: unknown, longTexts: unknown[], isStrict: boolean) => string | undefined,
    remember: (object: object) => void,
  ): void
  plainWriterLists(words: Int32Array, numbers: Float64Array): void
  plainReader(
    decode: (text: string | undefined, texts: readonly unknown[], isFrozen: boolean) => unknown,
    reserve: (wordCount: number, numberCount: number) => void,
  ): void
  plainReaderLists(words: Int32Array, numbers: Float64Array): void
  /** Whether all are ordinary objects, arrays with nothing but elements or dates, and none comes twice. */
  plainCheck(...objects: readonly object[]): boolean
  plainCheckAll(objects: readonly object[]): boolean
  /** The number of a list of keys, the same in the whole process; below 0 when there are too many. */
  plainShape(keys: readonly string[]): number
  plainKeys(shape: number): readonly string[]
  /** Compiles the body of a function of `read` and `freeze`, also where JavaScript itself must not. */
  plainCompile(body: string): (read: () => unknown, freeze: <T>(what: T) => T) => () => object
  /** The immutable form of a value; of what is one already, the value itself. */
  share(value: unknown): unknown
  isShareable(value: unknown): boolean

  channelCreate(handle: object, capacity: number, maxBytes: number, dropsOrphans: boolean): void
  channelLimits(channel: object): [capacity: number, maxBytes: number]
  channelTrySend(channel: object, value: unknown, transfer: readonly ArrayBuffer[] | undefined): Answer
  channelSend(
    channel: object,
    value: unknown,
    transfer: readonly ArrayBuffer[] | undefined,
    untilReceived: boolean,
    timeout: number,
  ): Answer | Promise<void>
  channelSendSync(
    channel: object,
    value: unknown,
    transfer: readonly ArrayBuffer[] | undefined,
    untilReceived: boolean,
    timeout: number,
  ): Answer
  channelTryReceive(channel: object, otherwise: unknown): unknown
  channelReceive(channel: object, timeout: number): Promise<unknown>
  channelReceiveSync(channel: object, timeout: number): unknown
  channelSelect(channels: readonly object[], timeout: number): Promise<[index: number, value: unknown]>
  channelClose(channel: object, drop: boolean): void
  channelIsClosed(channel: object): boolean
  channelStats(
    channel: object,
  ): [
    sent: number,
    received: number,
    dropped: number,
    queued: number,
    bytes: number,
    waitingSenders: number,
    waitingReceivers: number,
  ]

  /** Answers the store's handle: not this one where the thread or isolate has one already. A `maxBytes` of 0 means none. */
  storeOpen(handle: object, name: string | undefined, maxBytes: number): object
  storeName(store: object): string
  storeUsage(store: object): [keys: number, bytes: number, maxBytes: number]
  /** The numbers that tell whether values are the newest: memory of the store itself, not to be written to. */
  storeChunk(store: object, chunk: number): Int32Array
  /** Those with `found` fill it: see `Found`. */
  storeGet(store: object, key: string, found: Float64Array): unknown
  storeHas(store: object, key: string): boolean
  storeSet(store: object, key: string, value: unknown): void
  storeDelete(store: object, key: string): boolean
  storeClear(store: object): void
  storeKeys(store: object): string[]
  /** Keys and values take turns. */
  storeSnapshot(store: object): unknown[]
  /** The steps of the path one by one, or an array of them. Tells in `found` by which number the value is pinned: 0 for none. */
  storeGetIn(store: object, key: string, found: Float64Array, ...path: readonly unknown[]): unknown
  /** The same of a value that was pinned; `outdated` when it is not the newest any more. */
  storeGetPinned(pin: number, outdated: object, ...path: readonly unknown[]): unknown
  /**
   * 0 when it is done, 1 when there was nothing; else twice the step of the path that it failed at, plus 2 where there is
   * nothing to go into, or plus 3 where an index is out of range.
   */
  storeSetIn(store: object, key: string, path: readonly (string | number)[], value: unknown): number
  storeRemoveIn(store: object, key: string, path: readonly (string | number)[]): number
  /** The value that is there now. */
  storePutIfAbsent(store: object, key: string, value: unknown, found: Float64Array): unknown
  storeCompareAndSet(store: object, key: string, expected: unknown, next: unknown): boolean
  /** The value as it is now, or `State.Absent` where the key has another version. */
  storeSetIfVersion(store: object, key: string, version: number, value: unknown, found: Float64Array): unknown
  /** Undefined when the two cannot be added. */
  storeAdd(store: object, key: string, amount: number | bigint): number | bigint | undefined
  /** `reads` are keys and versions, `writes` are keys, values and whether they are to be there; false for a conflict. */
  storeCommit(store: object, reads: readonly unknown[], writes: readonly unknown[]): boolean
  /** The moment in so many milliseconds, for `storeWatch` and `storeBlock`; 0 for never. */
  storeDeadline(timeout: number): number
  /** A promise for the end of this version of the key; undefined when it has ended. */
  storeWatch(store: object, key: string, version: number, deadline: number): Promise<void> | undefined
  /** Undefined when the isolate is being stopped. */
  storeBlock(store: object, key: string, version: number, deadline: number): Answer | undefined

  mutexCreate(handle: object): void
  /** A lock is a number, negative when the one who held it before died; 0 stands for none. */
  mutexTryLock(mutex: object): number
  mutexLock(mutex: object, timeout: number): number | Promise<number>
  mutexLockSync(mutex: object, timeout: number): number
  mutexUnlock(mutex: object, lock: number): void
  mutexStats(mutex: object): [locked: 0 | 1, waiting: number]

  semaphoreCreate(handle: object, permits: number, limit: number): void
  /** What is held is a number, whatever the count of permits; 0 stands for nothing. */
  semaphoreTryAcquire(semaphore: object, permits: number): number
  semaphoreAcquire(semaphore: object, permits: number, timeout: number): number | Promise<number>
  semaphoreAcquireSync(semaphore: object, permits: number, timeout: number): number
  semaphoreGiveBack(semaphore: object, held: number, permits: number): void
  /** False when there would be more than the limit. */
  semaphoreRelease(semaphore: object, permits: number): boolean
  semaphoreStats(semaphore: object): [available: number, limit: number, waiting: number]

  eventCreate(handle: object, resetsItself: boolean, set: boolean): void
  eventSet(event: object): void
  eventReset(event: object): void
  eventTryWait(event: object): boolean
  eventWait(event: object, timeout: number): undefined | Promise<void>
  eventWaitSync(event: object, timeout: number): void
  eventStats(event: object): [resetsItself: 0 | 1, set: 0 | 1, waiting: number]

  barrierCreate(handle: object, parties: number): void
  barrierWait(barrier: object, timeout: number): number | Promise<number>
  barrierWaitSync(barrier: object, timeout: number): number
  barrierBreak(barrier: object): void
  barrierReset(barrier: object): void
  barrierStats(barrier: object): [parties: number, waiting: number, generation: number, broken: 0 | 1]
}

/** What stands where in what the store's functions tell of a key they have looked for. */
export const Found = { State: 0, Version: 1, Chunk: 2, Index: 3, Number: 4, Pin: 5 } as const

/** ForOneReader: there is something in the value that cannot be frozen. */
export const State = { Absent: 0, ForOneReader: 1, Cacheable: 2 } as const

export const Answer = { Done: 0, Full: 1, Closed: 2, TooBig: 3, TimeUp: 4, WouldBlock: 5 } as const
export type Answer = (typeof Answer)[keyof typeof Answer]

/** Set by `connect` before anything is made. */
export let natives: SharedNatives

export function connect(functions: SharedNatives): void {
  natives = functions
}

/** What objects derive from that are one and the same in every isolate: the addon knows them by what `new` gives. */
export class Handle {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: the object has to be one of the addon's
    return Reflect.construct(natives.Handle, [], new.target) as Handle
  }

  /** Promises that wait for this object keep the process alive; that is how it begins. */
  ref(): this {
    natives.hold(this, true)
    return this
  }

  /** The process may end while only promises that wait for this object are left. */
  unref(): this {
    natives.hold(this, false)
    return this
  }
}

/** For `inspect`. */
export function nameHandle(handle: Handle, name: string | undefined): void {
  if (name !== undefined) Object.defineProperty(handle, 'name', { value: name, enumerable: true })
}
