import { invalidType, misuseError } from '../errors.js'
import { makeError } from './failure.js'
import { Items } from './items.js'
import { Answer, Handle, nameHandle, natives } from './natives.js'
import { abortSignal, type Checks, checkOptions, count, flag, milliseconds, text, transferList } from './options.js'
import { type WaitOptions, type WaitSyncOptions, waitChecks, waitSyncChecks, withSignal } from './wait.js'

/** What `new Channel()` takes. */
export interface ChannelOptions {
  /** Most items that wait in it; who sends more waits for room. Default: Infinity. */
  capacity?: number
  /** Most bytes that the items in it take together; one that alone takes more is refused. Default: Infinity. */
  maxBytes?: number
  /**
   * What becomes of values whose sender, an isolate or worker thread, ends before anybody has received them: `'keep'` leaves
   * them to be received, `'drop'` throws them away. Default: `'keep'`.
   */
  orphans?: 'keep' | 'drop'
  /** For `inspect`. Default: none. */
  name?: string
}

export interface SendSyncOptions extends WaitSyncOptions {
  /** Buffers in the value that are moved instead of copied: this side's are detached. */
  transfer?: readonly ArrayBuffer[]
  /** `'queued'`: until the channel has it. `'received'`: until somebody has received it. Default: `'queued'`. */
  until?: 'queued' | 'received'
}

export interface SendOptions extends SendSyncOptions, WaitOptions {}

/** What a channel has carried; `sent` is always `received + dropped + queued`. */
export interface ChannelStats {
  sent: number
  received: number
  /** Thrown away by `close({ drop: true })`, or with their sender (`orphans: 'drop'`). */
  dropped: number
  /** In it now. */
  queued: number
  /** What those take, about. */
  bytes: number
  waitingSenders: number
  waitingReceivers: number
}

const channelChecks: Checks<ChannelOptions> = {
  capacity: count,
  maxBytes: count,
  orphans: (what, value) => {
    if (value !== 'keep' && value !== 'drop') throw invalidType(what, "'keep' or 'drop'", value)
  },
  name: text,
}
const trySendChecks = { transfer: transferList }
const sendSyncChecks: Checks<SendSyncOptions> = {
  timeout: milliseconds,
  transfer: transferList,
  until: (what, value) => {
    if (value !== 'queued' && value !== 'received') throw invalidType(what, "'queued' or 'received'", value)
  },
}
const sendChecks: Checks<SendOptions> = { ...sendSyncChecks, signal: abortSignal }
const closeChecks = { drop: flag }

const sent = Promise.resolve()
const nothing = Symbol('nothing')

/**
 * Carries values from many senders to many receivers: in order, each value to one receiver, between all isolates and
 * threads of the process.
 *
 * A channel is passed on like a value, as global, argument, result or through another channel, and stays the same channel.
 * Who waits is served in the order of arrival, and is woken, never polled. A receiver that gives up or dies takes no item along;
 * items of an isolate that died can still be received.
 *
 * @example
 * ```ts
 * const jobs = new Channel<number>({ capacity: 100 })
 * const results = new Channel<number>()
 * await isolate.set({ jobs, results })
 * void isolate.run('for await (const n of jobs) await results.send(n * n)')
 * await jobs.send(12)
 * console.log(await results.receive()) // 144
 * ```
 */
export class Channel<T = unknown> extends Handle implements AsyncIterable<T> {
  /** @throws TypeError, RangeError for wrong options. */
  constructor(options?: ChannelOptions) {
    super()
    // One that comes from elsewhere is attached before it gets here.
    if (natives.isAttached(this)) return
    const {
      capacity = Number.POSITIVE_INFINITY,
      maxBytes = Number.POSITIVE_INFINITY,
      orphans,
      name,
    } = checkOptions(options, channelChecks)
    const finite = (limit: number): number => (Number.isFinite(limit) ? limit : 0)
    natives.channelCreate(this, finite(capacity), finite(maxBytes), orphans === 'drop')
    nameHandle(this, name)
  }

  /** Most items that wait in it. */
  get capacity(): number {
    return natives.channelLimits(this)[0] || Number.POSITIVE_INFINITY
  }

  /** Most bytes that the items in it take. */
  get maxBytes(): number {
    return natives.channelLimits(this)[1] || Number.POSITIVE_INFINITY
  }

  /** Items that wait in it now. */
  get size(): number {
    return natives.channelStats(this)[3]
  }

  /** True once `close()` was called by anybody; items may be left in it. */
  get closed(): boolean {
    return natives.channelIsClosed(this)
  }

  /**
   * Puts a copy of the value in, after waiting for room.
   *
   * @throws ChannelClosedError; TimeoutError and the signal's reason, and then the value was not sent; NotShareableError;
   * IsolateError with code `ERR_ITEM_TOO_BIG`.
   */
  send(value: T, options?: SendOptions): Promise<void> {
    try {
      if (options === undefined) return answered(natives.channelSend(this, value, undefined, false, 0))
      const { timeout = 0, transfer, until, signal } = checkOptions(options, sendChecks)
      if (signal?.aborted) return Promise.reject(signal.reason)
      const answer = natives.channelSend(this, value, transfer, until === 'received', timeout)
      return typeof answer === 'number' ? answered(answer) : withSignal(answer, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As `send`, and blocks the thread meanwhile; on the main thread with a `timeout` only. */
  sendSync(value: T, options?: SendSyncOptions): void {
    const { timeout = 0, transfer, until } = checkOptions(options, sendSyncChecks)
    const answer = natives.channelSendSync(this, value, transfer, until === 'received', timeout)
    if (answer !== Answer.Done) throw errorFor(answer)
  }

  /**
   * Puts a copy of the value in if there is room now; false otherwise.
   *
   * @throws ChannelClosedError, NotShareableError; IsolateError with code `ERR_ITEM_TOO_BIG`.
   */
  trySend(value: T, options?: { transfer?: readonly ArrayBuffer[] }): boolean {
    const transfer = options === undefined ? undefined : checkOptions(options, trySendChecks).transfer
    const answer = natives.channelTrySend(this, value, transfer)
    if (answer === Answer.Done) return true
    if (answer === Answer.Full) return false
    throw errorFor(answer)
  }

  /**
   * The next value, after waiting for one.
   *
   * @throws ChannelClosedError once it is closed and nothing is left in it; TimeoutError; the signal's reason.
   */
  receive(options?: WaitOptions): Promise<T> {
    try {
      const { timeout = 0, signal } = options === undefined ? ({} as WaitOptions) : checkOptions(options, waitChecks)
      if (signal?.aborted) return Promise.reject(signal.reason)
      const value = natives.channelTryReceive(this, nothing)
      if (value !== nothing) return Promise.resolve(value as T)
      return withSignal(natives.channelReceive(this, timeout), signal) as Promise<T>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As `receive`, and blocks the thread meanwhile; on the main thread with a `timeout` only. */
  receiveSync(options?: WaitSyncOptions): T {
    const { timeout = 0 } = checkOptions(options, waitSyncChecks)
    return natives.channelReceiveSync(this, timeout) as T
  }

  /**
   * The next value if there is one now, `otherwise` if not.
   *
   * @throws ChannelClosedError once it is closed and nothing is left in it.
   */
  tryReceive<D = undefined>(otherwise?: D): T | D {
    return natives.channelTryReceive(this, otherwise) as T | D
  }

  /**
   * The next value of the first of these channels that has one. Closed channels are passed over.
   *
   * @throws ChannelClosedError when all of them are closed and empty; TimeoutError; the signal's reason.
   */
  static async select<C extends Channel<never> | Channel>(
    channels: readonly C[],
    options?: WaitOptions,
  ): Promise<{ channel: C; value: C extends Channel<infer T> ? T : never }> {
    if (!Array.isArray(channels)) throw invalidType('channels', 'an array of Channels', channels)
    if (channels.length === 0) throw misuseError('channels must not be empty', 'ERR_OUT_OF_RANGE')
    for (const [index, channel] of channels.entries()) checkChannel(`channels[${index}]`, channel)
    const { timeout = 0, signal } = checkOptions(options, waitChecks)
    if (signal?.aborted) throw signal.reason
    const [index, value] = await withSignal(natives.channelSelect(channels, timeout), signal)
    return { channel: channels[index] as C, value: value as C extends Channel<infer T> ? T : never }
  }

  /**
   * No more is taken in: senders get a ChannelClosedError, receivers what is left and then that error, loops over it
   * end. With `drop`, what is left is thrown away. A second time it does nothing.
   */
  close(options?: { drop?: boolean }): void {
    natives.channelClose(this, checkOptions(options, closeChecks).drop === true)
  }

  stats(): ChannelStats {
    const [sent, received, dropped, queued, bytes, waitingSenders, waitingReceivers] = natives.channelStats(this)
    return { sent, received, dropped, queued, bytes, waitingSenders, waitingReceivers }
  }

  /** The values as they come, until the channel is closed and nothing is left in it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return new Items<T>(this)
  }
}

function checkChannel(what: string, value: unknown): void {
  if (!(value instanceof Channel)) throw invalidType(what, 'a Channel', value)
}

function errorFor(answer: Answer): Error {
  if (answer === Answer.Closed) return makeError('ERR_CHANNEL_CLOSED', '', '')
  if (answer === Answer.TooBig) return makeError('ERR_ITEM_TOO_BIG', '', '')
  return makeError(answer === Answer.WouldBlock ? 'ERR_WOULD_BLOCK' : 'ERR_TIMEOUT', '', '')
}

function answered(answer: Answer | Promise<void>): Promise<void> {
  if (answer === Answer.Done) return sent
  return typeof answer === 'number' ? Promise.reject(errorFor(answer)) : answer
}
