import { connect, type GuestNative } from './native.js'
import { connectRemote } from './remote.js'

/**
 * The end of calls to the host in a guest that is a Node environment: lib/node/worker.ts loads it, as the build has made
 * one script of it.
 */
export function connectNode(native: Pick<GuestNative, 'remote' | 'kind'>): object {
  connect(native as GuestNative)
  return connectRemote()
}
