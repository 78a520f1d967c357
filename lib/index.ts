/**
 * Many JavaScript runtimes in one process: each with its own heap and lock, running in parallel on OS threads.
 *
 * @packageDocumentation
 */
export type { ErrorCode } from './codes.js'
export type { ConsoleEntry, ConsoleOption } from './console.js'
export {
  ChannelClosedError,
  type CloseReason,
  IsolateClosedError,
  IsolateError,
  MemoryLimitError,
  NotShareableError,
  RemoteError,
  TimeoutError,
} from './errors.js'
export { Isolate, type IsolateStats } from './isolate.js'
export type { IsolateOptions, RunOptions, RunSyncOptions } from './options.js'
export { prewarm } from './prewarm.js'
export {
  Channel,
  type ChannelOptions,
  type ChannelStats,
  type SendOptions,
  type SendSyncOptions,
  type WaitOptions,
} from './shared/channel.js'
export type { AbortSignalLike } from './shared/options.js'
export { SharedStore, type SharedStoreOptions, type SharedStoreStats, type StorePath } from './shared/store.js'
export type { StoreTransaction } from './shared/transaction.js'
