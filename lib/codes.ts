/**
 * Every `code` an error of this package can have. The first group is native/base/error_codes.h, in its order; the
 * second is what an import can meet, a pool, and an inspector; the third is misuse of the interface, found before anything is sent to an
 * isolate; the last is thrown by loading the package. docs/errors.md explains each.
 */
export type ErrorCode =
  | 'ERR_REMOTE'
  | 'ERR_TIMEOUT'
  | 'ERR_CPU_TIMEOUT'
  | 'ERR_ABORTED'
  | 'ERR_MEMORY_LIMIT'
  | 'ERR_ISOLATE_CLOSED'
  | 'ERR_NOT_SHAREABLE'
  | 'ERR_PENDING_PROMISE'
  | 'ERR_CHANNEL_CLOSED'
  | 'ERR_ITEM_TOO_BIG'
  | 'ERR_WOULD_BLOCK'
  | 'ERR_STORE_FULL'
  | 'ERR_BARRIER_BROKEN'
  | 'ERR_QUEUE_FULL'
  | 'ERR_MESSAGE_TOO_BIG'
  | ModuleCode
  | PoolCode
  | InspectorCode
  | MisuseCode
  | AddonCode

export type MisuseCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_INVALID_OPTION'
  | 'ERR_INVALID_FUNCTION'
  | 'ERR_NOT_OWNER'
  | 'ERR_ISOLATE_LIMIT'
  | 'ERR_TIMER_LIMIT'
  | 'ERR_SOURCE_TOO_BIG'
  | 'ERR_INVALID_REFERENCE'

/** How a pool refuses tasks. */
export type PoolCode = 'ERR_POOL_CLOSED' | 'ERR_POOL_FULL' | 'ERR_POOL_BROKEN'

/** How a session of the inspector fails. */
export type InspectorCode = 'ERR_INSPECTOR_COMMAND' | 'ERR_INSPECTOR_CLOSED' | 'ERR_INSPECTOR_UNAVAILABLE'

/** Thrown by imports, in the guest; at the host they are the `code` of a `RemoteError`. */
export type ModuleCode =
  | 'ERR_MODULE_NOT_FOUND'
  | 'ERR_MODULE_FORBIDDEN'
  | 'ERR_MODULE_FORMAT'
  | 'ERR_MODULE_TYPESCRIPT'
  | 'ERR_MODULE_ATTRIBUTE'
  | 'ERR_REQUIRE_ASYNC_MODULE'

/** Thrown when the package is loaded. */
export type AddonCode = 'ERR_ADDON_NOT_FOUND' | 'ERR_ADDON_NOT_LOADED' | 'ERR_UNSUPPORTED_RUNTIME'
