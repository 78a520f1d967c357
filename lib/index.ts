/**
 * Many JavaScript runtimes in one process: each with its own heap and lock, running in parallel on OS threads.
 *
 * @packageDocumentation
 */
export type { AddonCode, ErrorCode, InspectorCode, MisuseCode, ModuleCode, PoolCode } from './codes.js'
export type { ConsoleEntry, ConsoleOption } from './console.js'
export {
  BrokenBarrierError,
  ChannelClosedError,
  type CloseReason,
  IsolateClosedError,
  IsolateError,
  type LimitStats,
  MemoryLimitError,
  NotShareableError,
  PoolError,
  RemoteError,
  TimeoutError,
} from './errors.js'
export {
  type EvaluateOptions,
  type EvaluateSettledOptions,
  type Evaluation,
  evaluate,
  evaluateSettled,
  type OutputEntry,
} from './evaluate.js'
export type {
  CpuProfile,
  CpuProfileNode,
  CpuProfileOptions,
  CpuProfiling,
  CpuProfilingOptions,
} from './inspect/profile.js'
export type { InspectorOptions, InspectorServer } from './inspect/server.js'
export { type InspectorNotification, InspectorSession } from './inspect/session.js'
export type { HeapSnapshotOptions } from './inspect/snapshot.js'
export { Isolate } from './isolate.js'
export type {
  ImportKind,
  ImportMap,
  LoadedModule,
  ModuleFormat,
  ModuleOptions,
  ResolveContext,
} from './modules/options.js'
export { NestedIsolate } from './nested.js'
export type { IsolateOptions, RunOptions, RunSyncOptions } from './options.js'
export type { MapOptions } from './pool/map.js'
export type { PoolOptions, PoolRunOptions } from './pool/options.js'
export { Pool, type PoolEvents } from './pool/pool.js'
export type { PoolStats, TimeSummary } from './pool/stats.js'
export { type PrewarmOptions, prewarm } from './prewarm.js'
export { type ReferenceCallOptions, type ReferenceOptions, RemoteReference } from './reference.js'
export type { RemoteOptions } from './remote/invoke.js'
export { RemoteStream } from './remote/stream.js'
export type { HostCallContext, HostFunction, HostFunctions } from './remote/types.js'
export type {
  RemoteFunction,
  RemoteModule,
  RemoteResult,
} from './remote-module.js'
export { serve } from './serve/index.js'
export type { ServeOptions, TenantApp, TenantOptions, WebSocketOptions } from './serve/options.js'
export { Server } from './serve/server.js'
export type { AccessLogEntry, ServeErrorDetails, WorkerState } from './serve/settings.js'
export type { ServerStats, TenantStats, WorkerStats } from './serve/stats.js'
export { Barrier, type BarrierOptions, type BarrierStats } from './shared/barrier.js'
export {
  Channel,
  type ChannelOptions,
  type ChannelStats,
  type SendOptions,
  type SendSyncOptions,
} from './shared/channel.js'
export { Event, type EventOptions, type EventStats } from './shared/event.js'
export { type Lock, Mutex, type MutexOptions, type MutexStats } from './shared/mutex.js'
export type { AbortSignalLike } from './shared/options.js'
export type { StorePath } from './shared/path.js'
export {
  type AcquireOptions,
  type AcquireSyncOptions,
  type Permit,
  type PermitOptions,
  Semaphore,
  type SemaphoreOptions,
  type SemaphoreStats,
} from './shared/semaphore.js'
export { isShareable, share } from './shared/share.js'
export { SharedStore, type SharedStoreOptions, type SharedStoreStats } from './shared/store.js'
export type { StoreTransaction } from './shared/transaction.js'
export type { WaitOptions, WaitSyncOptions } from './shared/wait.js'
export { type IsolateStats, type ProcessStats, stats } from './stats.js'
export type { ErrorListener, UncaughtDetails } from './uncaught.js'
export type { FetchFunction } from './web/fetch.js'
