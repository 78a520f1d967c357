/**
 * What a guest finds besides the language. This is bundled into one script whose value is `bootstrap`; the engine
 * calls that once, while it makes the snapshot that all isolates start from, in a context that has nothing but the
 * language. So nothing here may keep what differs between isolates, and the time and the isolate are asked for when
 * they are needed.
 */
import { defineProperty } from './builtins.js'
import { createConsole } from './console.js'
import { type Dialect, speak } from './dialect.js'
import { createIsolates } from './isolates.js'
import { connect, type GuestNative } from './native.js'

export default function bootstrap(native: GuestNative, dialect?: Dialect): void {
  connect(native)
  if (dialect !== undefined) speak(dialect)
  // Node takes it away from each of its contexts.
  delete (Intl as { v8BreakIterator?: unknown }).v8BreakIterator
  define('console', createConsole())
  define('isolates', createIsolates())
}

/** Globals of the platform are there without showing up in loops. */
function define(name: string, value: unknown): void {
  defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true })
}
