import { Channel } from './channel.js'
import { makeError } from './failure.js'
import { connect, type SharedNatives } from './natives.js'
import { SharedStore } from './store.js'

/** Ties the classes of this folder to the addon: once per thread for the host, once per isolate for its guest. */
export function share(natives: SharedNatives): void {
  connect(natives)
  natives.register([Channel, SharedStore], makeError)
}

export { Channel, SharedStore }
