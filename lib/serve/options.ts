import { invalidType, outOfRange } from '../errors.js'
import { type ModuleOptions, moduleOptions } from '../modules/options.js'
import { portNumber } from '../options.js'
import { action, type Check, type Checks, flag, group, milliseconds, positive, text } from '../shared/options.js'
import { globalsObject, mebibytes } from '../shared/requests.js'
import type { AccessLogEntry, ServeErrorDetails } from './settings.js'

/** The app of a tenant: where its module is, or the text of it. */
export type TenantApp =
  | string
  | URL
  | { module: string | URL; env?: Record<string, unknown> }
  | { source: string; env?: Record<string, unknown> }

/**
 * Apps of other people, each in an isolate of its own that is made with its first request. None runs on the threads that accept
 * connections.
 */
export interface TenantOptions {
  /** The apps by the names of their tenants; `server.setTenant()` adds more. Default: none. */
  apps?: Record<string, TenantApp>
  /**
   * What names the tenant of a request: the host name, or the first part of the path, which the app does not see. Default: `'host'`.
   */
  by?: 'host' | 'path'
  /** Most memory of each in MiB. Default: 64. */
  memoryLimit?: number
  /** Milliseconds that each may take for a request. Default: 1000. */
  timeout?: number
  /** Milliseconds of a CPU's time that each may take for a request; what it waits for counts for nothing. Default: none. */
  cpuTimeout?: number
  /** Milliseconds without a request after which an isolate is ended. Default: 60,000. */
  idleTimeout?: number
  /** Most isolates that are alive: beyond it, the one that has waited longest for a request is ended. Default: 1000. */
  maxAlive?: number
  /** Most requests of a tenant that may wait in each thread; further ones are answered 503. Default: 64. */
  maxPending?: number
  /** Whether they have `fetch`, with all that this process can reach. Default: false. */
  fetch?: boolean
  /** Whether what they print is printed. Default: `'ignore'`. */
  console?: 'inherit' | 'ignore'
}

/** The WebSockets of bare apps. */
export interface WebSocketOptions {
  /** Most bytes of a message of a client, after it was decompressed; a longer one closes the connection with code 1009. Default: 16 MiB. */
  maxPayload?: number
  /** Whether messages are compressed for clients that ask for it; takes memory and time. Default: false. */
  perMessageDeflate?: boolean
  /** A client that does not answer pings, which are sent every so many milliseconds, is gone. 0 for no pings. Default: 30,000. */
  pingInterval?: number
}

/** What `serve()` takes. */
export interface ServeOptions {
  /** The app: a path, relative to the working directory, or a URL. Either this or `tenants`. */
  module?: string | URL
  /** Many apps at one address, apart from each other, instead of one. */
  tenants?: TenantOptions
  /** 0 for any that is free. Default: 3000. */
  port?: number
  /** Name or address to listen at. Default: all addresses of this machine. */
  host?: string
  /** Number of isolates that answer requests. Default: the number of cores. */
  workers?: number
  /**
   * Threads that accept connections and enter the isolates; each has its share of the workers. Default: the number of cores, or of
   * workers if that is less. Only for bare isolates: a Node app has a thread for each worker.
   */
  threads?: number
  /**
   * `'bare'`: the module exports `{ fetch(request, env, context) }`. `'node'`: it exports a listener of Node's, `(req, res) =>`,
   * or an app of Express, Koa or Fastify, or listens by itself. Default: by what the module exports.
   */
  runtime?: 'bare' | 'node'
  /**
   * What the app finds as its second argument, in all workers: values that can be shared, which include `SharedStore`, `Channel` and
   * their like. Default: an empty object.
   */
  env?: Record<string, unknown>
  /**
   * What the modules of a bare app may import: see `IsolateOptions.modules`. Default: the files and packages below the nearest directory
   * above the module that has a package.json.
   */
  modules?: Omit<ModuleOptions, 'resolve' | 'load'>
  /** Whether a bare app has `fetch`, with all that this process can reach. Default: true. */
  fetch?: boolean
  /** Most memory of a worker in MiB: one that outgrows it dies, with what it was serving, and is replaced. Default: none. */
  memoryLimit?: number
  /** A worker whose memory is above this many MiB is replaced when its requests are over; none fails. Default: none. */
  maxMemory?: number
  /** A worker is replaced after so many requests; none fails. Default: none. */
  maxRequests?: number
  /**
   * Milliseconds that the app may take until its response is there: then the answer is 504. A loop is cut off, too. The body of the
   * response may take longer. Default: 30,000 for bare apps.
   */
  timeout?: number
  /** A thread whose event loop stands still for so many milliseconds is ended and replaced. Default: none. */
  maxEventLoopLag?: number
  /** Milliseconds that a worker may take to start. Default: 30,000. */
  startTimeout?: number
  /** Milliseconds that requests have to end when a worker is replaced or the server closes. Default: 10,000. */
  closeTimeout?: number
  /** Milliseconds that a client may take for the head of a request; 0 for no limit. Default: 60,000. */
  headersTimeout?: number
  /** Milliseconds that a client may take for a whole request, its body included; 0 for no limit. Default: 300,000. */
  requestTimeout?: number
  /** Milliseconds that a connection may stay open with nothing going on. Default: 5000. */
  keepAliveTimeout?: number
  /** What WebSockets of bare apps may do. Node apps bring a library of their own. */
  webSocket?: WebSocketOptions
  /** Whether SIGTERM and SIGINT close the server, and then end the process. Default: false. */
  signals?: boolean
  /** Connections that may wait to be accepted. Default: 511. */
  backlog?: number
  /** Told of each request that is over, on this thread. Default: nobody is, and it costs nothing. */
  accessLog?: (entry: AccessLogEntry) => void
  /** Told of errors of the app. Clients see none of them but the status. Default: they are printed to stderr. */
  onError?: (error: Error, details: ServeErrorDetails) => void
}

const moduleLocation: Check = (what, value) => {
  if (typeof value !== 'string' && !(value instanceof URL)) throw invalidType(what, 'a path or a URL', value)
  if (value === '') throw outOfRange(what, 'the path of a module', value)
}

const tenantApp: Check = (what, value) => {
  if (typeof value === 'string' || value instanceof URL) {
    moduleLocation(what, value)
    return
  }
  const { source, module, env } = (value ?? {}) as { source?: unknown; module?: unknown; env?: unknown }
  if ((source === undefined) === (module === undefined))
    throw invalidType(what, 'a module: a path, a URL, { module } or { source }', value)
  if (source === undefined) moduleLocation(`${what}.module`, module)
  else text(`${what}.source`, source)
  if (env !== undefined) globalsObject(`${what}.env`, env)
}

export const checkTenant = (name: unknown, app: unknown): void => {
  text('name', name)
  tenantApp('app', app)
}

const tenantApps: Check = (what, value) => {
  globalsObject(what, value)
  for (const [name, app] of Object.entries(value as object)) tenantApp(`${what}[${JSON.stringify(name)}]`, app)
}

const oneOf =
  (...words: readonly string[]): Check =>
  (what, value) => {
    if (!words.includes(value as string)) throw invalidType(what, words.map((word) => `'${word}'`).join(' or '), value)
  }

const tenantOptions = group<TenantOptions>({
  apps: tenantApps,
  by: oneOf('host', 'path'),
  memoryLimit: mebibytes,
  timeout: milliseconds,
  cpuTimeout: milliseconds,
  idleTimeout: milliseconds,
  maxAlive: positive,
  maxPending: positive,
  fetch: flag,
  console: oneOf('inherit', 'ignore'),
})

/** 0 stands for none. */
const duration: Check = (what, value) => {
  if (value !== 0) milliseconds(what, value)
}

const webSocketOptions = group<WebSocketOptions>({
  maxPayload: positive,
  perMessageDeflate: flag,
  pingInterval: duration,
})

const runtimeName = oneOf('bare', 'node')

const shareableModules: Check = (what, value) => {
  moduleOptions(what, value)
  for (const name of ['resolve', 'load']) {
    if ((value as Record<string, unknown>)[name] !== undefined) {
      throw invalidType(
        `${what}.${name}`,
        'left out: the workers are on other threads',
        (value as Record<string, unknown>)[name],
      )
    }
  }
}

export const serveChecks: Checks<ServeOptions> = {
  module: moduleLocation,
  tenants: tenantOptions,
  port: portNumber,
  host: text,
  workers: positive,
  threads: positive,
  runtime: runtimeName,
  env: globalsObject,
  modules: shareableModules,
  fetch: flag,
  memoryLimit: mebibytes,
  maxMemory: mebibytes,
  maxRequests: positive,
  timeout: milliseconds,
  maxEventLoopLag: milliseconds,
  startTimeout: milliseconds,
  closeTimeout: milliseconds,
  headersTimeout: duration,
  requestTimeout: duration,
  keepAliveTimeout: milliseconds,
  webSocket: webSocketOptions,
  signals: flag,
  backlog: positive,
  accessLog: action,
  onError: action,
}
