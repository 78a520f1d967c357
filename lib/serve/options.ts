import { invalidType, outOfRange } from '../errors.js'
import { type ModuleOptions, moduleOptions } from '../modules/options.js'
import { action, type Check, type Checks, flag, milliseconds, positive, text } from '../shared/options.js'
import { globalsObject, mebibytes } from '../shared/requests.js'
import type { AccessLogEntry, ServeErrorDetails } from './settings.js'

/** What `serve()` takes. */
export interface ServeOptions {
  /** The app: a path, relative to the working directory, or a URL. */
  module: string | URL
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

const portNumber: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number', value)
  if (!(Number.isInteger(value) && value >= 0 && value <= 65_535)) throw outOfRange(what, 'from 0 to 65535', value)
}

const runtimeName: Check = (what, value) => {
  if (value !== 'bare' && value !== 'node') throw invalidType(what, "'bare' or 'node'", value)
}

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
  signals: flag,
  backlog: positive,
  accessLog: action,
  onError: action,
}
