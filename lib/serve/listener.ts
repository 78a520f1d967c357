import { Server as HttpServer, type RequestListener } from 'node:http'
import { type FetchApp, listenerOf } from './adapter.js'

/** What answers requests of Node's: a listener, or a server that has one. */
export type Recognised = RequestListener | HttpServer

interface App {
  callback?: unknown
  ready?: unknown
  routing?: unknown
  fetch?: unknown
  handle?: unknown
  server?: unknown
}

/**
 * What of Node's a module exports: a listener (`http`, Express, Connect: all of them functions), an app of Koa or Fastify, a server, or an
 * app in the style of the web. Undefined for none of them.
 */
export async function recognise(module: Record<string, unknown>, env: unknown): Promise<Recognised | undefined> {
  const exported = module['default'] ?? module
  if (exported instanceof HttpServer) return exported
  const app = exported as App
  // Fastify: its routes are complete when its plugins are loaded.
  if (typeof app.ready === 'function' && typeof app.routing === 'function') {
    await (app.ready as () => Promise<void>).call(app)
    return app.server instanceof HttpServer ? app.server : (app.routing as RequestListener).bind(app)
  }
  if (typeof app.fetch === 'function') return listenerOf(app as FetchApp, env)
  if (typeof exported === 'function') return exported as RequestListener
  if (typeof app.callback === 'function') return (app.callback as () => RequestListener).call(app)
  if (typeof app.handle === 'function') return (app.handle as RequestListener).bind(app)
  // A CommonJS module whose named exports are those of an app that is none of these.
  const { fetch } = module
  return typeof fetch === 'function' ? listenerOf({ fetch: fetch as FetchApp['fetch'] }, env) : undefined
}
