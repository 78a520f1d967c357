import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { outOfRange } from '../errors.js'
import type { ServeOptions, TenantApp, TenantOptions, WebSocketOptions } from './options.js'
import type { Settings, TenantEntry, TenantSettings, WebSocketSettings } from './settings.js'
import type { ListeningSocket } from './socket.js'

/** @throws RangeError for a file that is not there. */
export function locate(module: string | URL): string {
  const path = module instanceof URL || /^file:/i.test(module) ? fileURLToPath(module) : resolve(module)
  if (!existsSync(path)) throw outOfRange('options.module', 'a file that exists', path)
  return path
}

/** The nearest directory above a file that has a package.json; else the file's own. */
function projectOf(path: string): string {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory
    if (directory === dirname(directory)) return dirname(path)
  }
}

export function makeSettings(
  options: ServeOptions,
  path: string,
  socket: ListeningSocket,
  runtime: Settings['runtime'],
): Settings {
  const { root = path === '' ? '' : projectOf(path), ...modules } = options.modules ?? {}
  return {
    module: path === '' ? '' : pathToFileURL(path).href,
    runtime,
    root: root instanceof URL ? fileURLToPath(root) : resolve(root),
    modules,
    descriptor: socket.descriptor,
    port: socket.port,
    workers:
      options.tenants === undefined
        ? (options.workers ?? availableParallelism())
        : (options.threads ?? availableParallelism()),
    timeout: options.timeout ?? (runtime === 'bare' ? 30_000 : 0),
    startTimeout: options.startTimeout ?? 30_000,
    closeTimeout: options.closeTimeout ?? 10_000,
    maxRequests: options.maxRequests ?? 0,
    maxMemory: (options.maxMemory ?? 0) * 2 ** 20,
    memoryLimit: options.memoryLimit ?? 0,
    fetch: options.fetch ?? true,
    timeouts: givenTimeouts(options),
    // Here, so that those who serve nothing need not load it.
    maxHeaderSize: (require('node:http') as typeof import('node:http')).maxHeaderSize,
    backlog: options.backlog ?? 511,
    logs: options.accessLog !== undefined,
    webSocket: webSocketSettings(options.webSocket),
    tenants: options.tenants === undefined ? undefined : tenantSettings(options.tenants, options.threads),
  }
}

/** Those that were given: a Node app may have its own. */
function givenTimeouts(options: ServeOptions): Settings['timeouts'] {
  const { headersTimeout, requestTimeout, keepAliveTimeout } = options
  return {
    ...(headersTimeout === undefined ? {} : { headersTimeout }),
    ...(requestTimeout === undefined ? {} : { requestTimeout }),
    ...(keepAliveTimeout === undefined ? {} : { keepAliveTimeout }),
  }
}

function webSocketSettings(options: WebSocketOptions = {}): WebSocketSettings {
  const { maxPayload = 2 ** 24, perMessageDeflate = false, pingInterval = 30_000 } = options
  return { maxPayload, perMessageDeflate, pingInterval }
}

function tenantSettings(options: TenantOptions, threads = availableParallelism()): TenantSettings {
  const { by = 'host', memoryLimit = 64, timeout = 1000, idleTimeout = 60_000, maxAlive = 1000 } = options
  const { maxPending = 64, fetch = false, console = 'ignore' } = options
  const ofThread = Math.max(1, Math.ceil(maxAlive / threads))
  return { by, memoryLimit, timeout, idleTimeout, maxAlive: ofThread, maxPending, fetch, console }
}

export function tenantEntry(app: TenantApp, version: number): TenantEntry {
  const {
    module,
    source,
    env = {},
  } = typeof app === 'string' || app instanceof URL
    ? { module: app, source: undefined }
    : (app as { module?: string | URL; source?: string; env?: Record<string, unknown> })
  if (module === undefined) return { source: source as string, env, version }
  const path = locate(module)
  return { module: pathToFileURL(path).href, root: projectOf(path), env, version }
}
