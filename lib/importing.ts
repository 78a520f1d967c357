import type { ModuleOptions } from './modules/options.js'
import type { AnyFunction } from './remote/types.js'

type Bundle = typeof import('./modules/index.js')

/** What a guest's runtime may call: see lib/guest/modules/host.ts. */
export type Service = Readonly<Record<'load' | 'require' | 'resolve', AnyFunction>>

export interface Modules {
  readonly service: Service
  /** See `ModuleService.mapStack`. */
  readonly mapStack: (stack: string) => string
}

/**
 * What serves the imports of one isolate.
 *
 * @throws RangeError for a root that is not there.
 */
export function provideModules(options: ModuleOptions, maxSourceSize: number): Modules {
  // Its lexers are large, and many programs need none of it.
  const { ModuleService } = require('./modules/index.js') as Bundle
  const modules = new ModuleService(options, maxSourceSize)
  const service: Service = {
    load: (specifier, referrer, kind, again) => modules.load(specifier, referrer, kind, again),
    require: (specifier, referrer) => modules.require(specifier, referrer),
    resolve: (specifier, referrer, kind) => modules.resolve(specifier, referrer, kind),
  }
  return { service, mapStack: (stack) => modules.mapStack(stack) }
}

function refuse(specifier: unknown): never {
  const error = new Error(
    `Cannot import ${JSON.stringify(specifier)}: this isolate has no modules but isolates; see the option modules`,
  )
  throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' })
}

/** For isolates that were given no modules. */
export const noModules: Service = { load: refuse, require: refuse, resolve: refuse }
