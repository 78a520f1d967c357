import {
  BrokenBarrierError,
  ChannelClosedError,
  IsolateClosedError,
  IsolateError,
  MemoryLimitError,
  NotShareableError,
  RemoteError,
  TimeoutError,
} from '../errors.js'
import { makeDisposable } from '../shared/dispose.js'
import { Barrier, Channel, Event, Mutex, Semaphore, SharedStore, share } from '../shared/index.js'
import { isShareable, share as shareValue } from '../shared/share.js'
import { defineProperty, freeze, keys } from './builtins.js'
import { Isolate } from './isolate.js'
import { native } from './native.js'

/** The global `isolates`. */
export function createIsolates(): object {
  share(native.shared())
  const classes = {
    Barrier,
    BrokenBarrierError,
    Channel,
    ChannelClosedError,
    Event,
    Isolate,
    IsolateClosedError,
    IsolateError,
    MemoryLimitError,
    Mutex,
    NotShareableError,
    RemoteError,
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
  makeDisposable(Isolate, 'terminate')
  const { asyncDispose } = Symbol as { asyncDispose?: symbol }
  if (asyncDispose !== undefined) {
    defineProperty(Isolate.prototype, asyncDispose, { value: Isolate.prototype.close, writable: true })
  }
  freeze(Isolate)
  return freeze({ ...classes, isShareable, share: shareValue })
}
