import { Barrier } from './barrier.js'
import { freeze, keys, values } from './builtins.js'
import { Channel } from './channel.js'
import { Event } from './event.js'
import { makeError } from './failure.js'
import { Mutex } from './mutex.js'
import { connect, type SharedNatives } from './natives.js'
import { Semaphore } from './semaphore.js'
import { SharedStore } from './store.js'

/** Ties the classes of this folder to the addon: once per thread for the host, once per isolate for its guest. */
export function share(natives: SharedNatives): void {
  connect(natives)
  natives.register([Channel, SharedStore, Mutex, Semaphore, Event, Barrier], makeError, keys, values, freeze)
}

export { Barrier, Channel, Event, Mutex, Semaphore, SharedStore }
