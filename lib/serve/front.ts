import { native } from '../runtime.js'
import type { Client, HttpFront, HttpTimeouts } from './client.js'
import { NativeFront } from './native-front.js'
import type { Settings } from './settings.js'

/**
 * What accepts connections on this thread: the addon's server, or Node's own where the running Node does not let others use its parser,
 * and where `ISOLATES_HTTP=node` asks for it.
 */
export async function makeFront(settings: Settings, onRequest: (client: Client) => void): Promise<HttpFront> {
  const { timeouts, maxHeaderSize, backlog } = settings
  const limits = { ...defaults, ...timeouts, maxHeaderSize, backlog }
  if (native.httpAvailable() && process.env['ISOLATES_HTTP'] !== 'node') return new NativeFront(limits, onRequest)
  const { NodeFront } = await import('./node-front.js')
  return new NodeFront(limits, onRequest)
}

/** As in Node. */
const defaults: HttpTimeouts = { headersTimeout: 60_000, requestTimeout: 300_000, keepAliveTimeout: 5000 }
