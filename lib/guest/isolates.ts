import { BrokenBarrierError, ChannelClosedError, IsolateError, NotShareableError, TimeoutError } from '../errors.js'
import { Barrier, Channel, Event, Mutex, Semaphore, SharedStore, share } from '../shared/index.js'
import { isShareable, share as shareValue } from '../shared/share.js'
import { defineProperty, freeze, keys } from './builtins.js'
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
  const classes = {
    Barrier,
    BrokenBarrierError,
    Channel,
    ChannelClosedError,
    Event,
    IsolateError,
    Mutex,
    NotShareableError,
    Semaphore,
    SharedStore,
    TimeoutError,
  }
  const names = keys(classes)
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as keyof typeof classes
    // The bundle has made them short.
    defineProperty(classes[name], 'name', { value: name, configurable: true })
  }
  return freeze({ ...classes, Isolate, isShareable, share: shareValue })
}

function describeCurrent(): CurrentIsolate {
  const { id, name } = native.current()
  return freeze({ id, name })
}
