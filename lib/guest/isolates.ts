import { ChannelClosedError, IsolateError, NotShareableError, TimeoutError } from '../errors.js'
import { Channel, SharedStore, share } from '../shared/index.js'
import { freeze } from './builtins.js'
import { native } from './native.js'

/** How the isolate that runs the code sees itself. */
export interface CurrentIsolate {
  readonly id: number
  readonly name: string
}

// Known only once an isolate runs; the same object from then on.
let current: CurrentIsolate | undefined

/** The global `isolates`. */
export function createIsolates(): object {
  const Isolate = freeze({
    get current(): CurrentIsolate {
      current ??= describeCurrent()
      return current
    },
  })
  share(native.shared())
  return freeze({ Channel, ChannelClosedError, Isolate, IsolateError, NotShareableError, SharedStore, TimeoutError })
}

function describeCurrent(): CurrentIsolate {
  const { id, name } = native.current()
  return freeze({ id, name })
}
