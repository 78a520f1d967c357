import type { ErrorCode } from '../codes.js'

/**
 * The functions of the addon that the classes in this folder are built on: the same for the host and, in every
 * isolate, for the guest. Arguments are positional and checked by the caller. A timeout of 0 means none.
 */
export interface SharedNatives {
  /** Makes a handle: see `Handle`. */
  Handle: new () => object
  /** Tells the addon the classes in the order of `SharedObject::Kind`, and how to make an error of a code. */
  register(
    classes: readonly (new () => object)[],
    makeError: (code: ErrorCode, where: string, what: string) => Error,
  ): void
  /** Whether the handle stands for something already: then it was made by the addon, for what came from elsewhere. */
  isAttached(handle: object): boolean
  /** Whether promises that wait for this object keep the process alive. */
  hold(handle: object, held: boolean): void
  /** Names the promise that was made last, for `cancelWait`. */
  lastWait(): number
  /** Rejects that promise with the reason, unless what it waits for has come. */
  cancelWait(wait: number, reason: unknown): void

  /** See lib/shared/plain.ts: its two functions and its lists. */
  plainRegister(
    encode: (value: unknown) => boolean,
    decode: (texts: readonly string[], longer: Float64Array | undefined) => unknown,
    texts: readonly string[],
    objects: readonly object[],
  ): void
  /** The list of numbers from now on. */
  plainWords(words: Float64Array): void
  /** The number of a list of keys, the same in the whole process; below 0 when there are too many. */
  plainShape(keys: readonly string[]): number
  plainKeys(shape: number): readonly string[]
  /** Compiles the body of a function of `read`, also where JavaScript itself must not. */
  plainCompile(body: string): (read: () => unknown) => unknown

  channelCreate(handle: object, capacity: number, maxBytes: number): void
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
}

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
    return Reflect.construct(natives.Handle, [], new.target)
  }
}
