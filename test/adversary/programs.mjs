// All hostile programs, by theme and name.
//
// `guest` is a source; `host` a function that does the hostile thing itself and gives or throws what became of it.
// `ends` are the ways it may end: `value`; `memory`, `timeout`, `closed`, `pending`, `not-shareable` for the errors of
// this package; or the name of the error that the guest threw. `is` is the value, null for any. `most` is how many MiB the process may grow, where
// one step takes more than head-room. `timeout` in milliseconds, `options` of
// the isolate, `methods` where not both of `run` and `runSync` make sense.
import arrays from './programs/arrays.mjs'
import buffers from './programs/buffers.mjs'
import clone from './programs/clone.mjs'
import collections from './programs/collections.mjs'
import console from './programs/console.mjs'
import errors from './programs/errors.mjs'
import escapes from './programs/escapes.mjs'
import isolates from './programs/isolates.mjs'
import json from './programs/json.mjs'
import modules from './programs/modules.mjs'
import promises from './programs/promises.mjs'
import races from './programs/races.mjs'
import recursion from './programs/recursion.mjs'
import regexp from './programs/regexp.mjs'
import sharing from './programs/sharing.mjs'
import strings from './programs/strings.mjs'
import wasm from './programs/wasm.mjs'

export const themes = {
  strings,
  arrays,
  buffers,
  wasm,
  json,
  regexp,
  collections,
  promises,
  recursion,
  errors,
  clone,
  escapes,
  isolates,
  sharing,
  console,
  modules,
  races,
}

export const limits = [16, 64, 256]
export const methods = ['run', 'runSync']

/** What a program has where it says nothing: growth to the largest limit takes seconds of CPU, and on a busy machine minutes. */
export const usualLimits = { cpuTimeout: 30_000, timeout: 300_000 }
