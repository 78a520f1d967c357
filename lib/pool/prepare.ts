import type { FunctionHandle } from '../functions.js'
import type { Isolate } from '../isolate.js'
import { Result } from '../native.js'
import { functions, native } from '../runtime.js'
import type { ModuleExports } from './exports.js'
import type { PoolOptions } from './options.js'

/** What makes an isolate of a pool ready: the import of its module, and the initializer. Undefined for nothing. */
export function prepareWith(
  exports: ModuleExports,
  options: PoolOptions,
): ((isolate: Isolate) => Promise<unknown>) | undefined {
  const { initialize, initializeArgs = [], initializeTimeout = 30_000 } = options
  const imports = exports.preparation
  const handle =
    typeof initialize === 'string'
      ? exports.handle(initialize, undefined)
      : initialize && functions.handle(initialize, undefined)
  if (imports === undefined && handle === undefined) return undefined
  const call = async (isolate: Isolate, step: FunctionHandle, args: readonly unknown[]): Promise<void> => {
    // An isolate that has ended meanwhile answers with the error that says so.
    await (native.call(isolate.id, step, initializeTimeout, 0, args, undefined, Result.Copy) ?? isolate.run(''))
  }
  return async (isolate) => {
    if (imports !== undefined) await call(isolate, imports, [])
    if (handle !== undefined) await call(isolate, handle, initializeArgs)
  }
}
