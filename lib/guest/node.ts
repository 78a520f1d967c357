import { connect, type GuestNative } from './native.js'
import { connectRemote } from './remote.js'

/**
 * The end of calls to the host in a guest that is a Node environment: lib/node/worker.ts loads it, bundled into
 * dist/node/remote.js.
 */
export function connectNode(native: Pick<GuestNative, 'remote' | 'kind'>): object {
  connect(native as GuestNative)
  return connectRemote()
}
