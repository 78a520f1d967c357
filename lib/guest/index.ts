/**
 * What a guest finds besides the language. This is bundled into one script whose value is `bootstrap`; the engine
 * calls that once, while it makes the snapshot that all isolates start from, in a context that has nothing but the
 * language. So nothing here may keep what differs between isolates, and the time and the isolate are asked for when
 * they are needed.
 */
import { type Dialect, newest } from './dialect.js'
import { defineLibraries } from './library.js'
import type { GuestNative } from './native.js'
import type { Part, PartHost, Parts } from './part.js'
import type { Timers } from './timers.js'

declare const parts: Parts

export default function bootstrap(native: GuestNative, dialect: Dialect = newest): void {
  const builtins = load(parts.builtins, {} as PartHost) as PartHost['builtins']
  // Node takes it away from each of its contexts.
  delete (Intl as { v8BreakIterator?: unknown }).v8BreakIterator
  function lazily(part: Part): () => unknown {
    const host: PartHost = { builtins, native, dialect, timers, made: undefined }
    return () => host.made ?? load(part, host)
  }
  function define(name: string, part: Part, global: boolean): void {
    native.definePart(name, lazily(part), global)
  }
  const loadTimers = lazily(parts.timers)
  function timers(): Timers {
    return loadTimers() as Timers
  }
  define('console', parts.console, true)
  define('isolates', parts.isolates, true)
  define('modules', parts.modules, false)
  define('plain', parts.plain, false)
  defineLibraries(native)
  define('remote', parts.remote, false)
  function defineTimer(name: Exclude<keyof Timers, 'startTimer'>): void {
    // Operations of the platform are enumerable, unlike classes.
    native.definePart(name, () => timers()[name], true, true)
  }
  defineTimer('setTimeout')
  defineTimer('setInterval')
  defineTimer('setImmediate')
  defineTimer('clearTimeout')
  defineTimer('clearInterval')
  defineTimer('clearImmediate')
  defineTimer('queueMicrotask')
}

function load(part: Part, host: PartHost): unknown {
  part(host)
  return host.made
}
