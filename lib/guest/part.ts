import type { Dialect } from './dialect.js'
import type { GuestNative } from './native.js'
import type { Timers } from './timers.js'

/**
 * A piece of the guest runtime that runs when a guest first asks for it, so that isolates which never do neither wait
 * for it nor hold it. By then the guest may have broken every builtin: a part gets what it needs from here, and
 * its modules' own imports of `./builtins.js` are bound to `builtins` by scripts/build-guest.mjs.
 */
export interface PartHost {
  /** The exports of `./builtins.js`, in alphabetical order. */
  readonly builtins: readonly unknown[]
  readonly native: GuestNative
  readonly dialect: Dialect
  /** The loop's functions as they are before any guest code runs. */
  readonly timers: () => Timers
  /** What the part leaves behind. */
  made: unknown
}

export type Part = (part: PartHost) => void

/** The compiled parts, by name; the build puts them around `lib/guest/index.ts`. */
export interface Parts {
  /** Runs first, while everything is as the language made it, and leaves all of `./builtins.js`. */
  readonly builtins: Part
  readonly console: Part
  readonly isolates: Part
  /** The addon asks for it when something is imported. */
  readonly modules: Part
  readonly timers: Part
  /** The addon asks for it. */
  readonly plain: Part
  /** The addon asks for it, and `native.part('remote')`. */
  readonly remote: Part
}
