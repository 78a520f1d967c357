import type { SharedStore } from '../shared/store.js'
import type { HttpTimeouts } from './client.js'
import type { ServeOptions, WebSocketOptions } from './options.js'

/** What the threads of a server go by: it stands in the server's store, where each of them reads it. */
export interface Settings {
  /** URL of the module. */
  readonly module: string
  readonly runtime: 'bare' | 'node'
  /** What the modules of the app may be found in. */
  readonly root: string
  readonly modules: Omit<NonNullable<ServeOptions['modules']>, 'root'>
  readonly descriptor: number
  readonly port: number
  readonly workers: number
  readonly timeout: number
  readonly startTimeout: number
  readonly closeTimeout: number
  readonly maxRequests: number
  readonly maxMemory: number
  readonly memoryLimit: number
  readonly fetch: boolean
  readonly timeouts: Partial<HttpTimeouts>
  readonly maxHeaderSize: number
  readonly backlog: number
  readonly logs: boolean
  readonly webSocket: WebSocketSettings
  readonly tenants: TenantSettings | undefined
}

/** What all WebSockets of bare apps have in common. */
export type WebSocketSettings = Readonly<Required<WebSocketOptions>>

/** What all tenants of a server have in common. */
export interface TenantSettings {
  readonly by: 'host' | 'path'
  readonly memoryLimit: number
  readonly timeout: number
  readonly idleTimeout: number
  /** Of one thread. */
  readonly maxAlive: number
  readonly maxPending: number
  readonly fetch: boolean
  readonly console: 'inherit' | 'ignore'
}

/** Where the app of a tenant is, as the server's store has it. */
export interface TenantEntry {
  /** URL of a file, or the text of a module. */
  readonly module?: string
  readonly root?: string
  readonly source?: string
  readonly env: unknown
  /** Another with each change. */
  readonly version: number
}

/** What a thread is asked. */
export type Command = 'reload' | 'stats' | 'drain' | 'retire' | 'ping'

/** What a thread tells. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'worn' }
  | { readonly kind: 'log'; readonly entries: AccessLogEntry[] }
  | { readonly kind: 'error'; readonly error: ReportedError; readonly details: ServeErrorDetails }

/** How far a worker is: only `ready` ones get requests. */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'stopped'

/** A request that was answered. */
export interface AccessLogEntry {
  method: string
  url: string
  status: number
  /** Milliseconds from the arrival of the request to the end of the response. */
  duration: number
  /** Number of the worker. */
  worker: number
  /** Name of the tenant, where the server has some. */
  tenant?: string
  /** The client went away before the response was complete. */
  aborted: boolean
  /** When it came, in milliseconds since 1970. */
  time: number
}

/** Where an error came from. */
export interface ServeErrorDetails {
  /** `request`: its answer was a 500. `worker`: a worker ended, and is replaced. `uncaught`: nobody's, in a worker. */
  kind: 'request' | 'worker' | 'uncaught'
  worker: number
  tenant?: string
  method?: string
  url?: string
}

/** An error on its way between threads. */
export interface ReportedError {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly code: string | undefined
}

export function reportedError(error: unknown): ReportedError {
  if (!(error instanceof Error))
    return { name: 'Error', message: `Uncaught ${String(error)}`, stack: '', code: undefined }
  const { name, message, stack = '' } = error
  const { code } = error as { code?: unknown }
  return { name, message, stack, code: typeof code === 'string' ? code : undefined }
}

export function revivedError({ name, message, stack, code }: ReportedError): Error {
  const error = new Error(message)
  Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true })
  if (stack !== '') error.stack = stack
  return code === undefined ? error : Object.assign(error, { code })
}

/** The names under which a server's store has its things. */
export const keys = {
  settings: 'settings',
  env: 'env',
  tenant: (name: string) => `tenant:${name}`,
} as const

/** What a thread is started with. */
export interface ThreadData {
  /** That of I/O threads, which enter bare isolates, or of a Node app. */
  readonly program: 'io' | 'node'
  /** The server's. */
  readonly store: SharedStore<unknown>
  /** Numbers of its workers. */
  readonly workers: readonly number[]
}
