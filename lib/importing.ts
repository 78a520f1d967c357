import type { ModuleOptions } from './modules/options.js'
import type { AnyFunction } from './remote/types.js'
import { useStackMap } from './stacks.js'

type Bundle = typeof import('./modules/index.js')

/** What a guest's runtime may call: see lib/guest/modules/host.ts. */
export type Service = Readonly<Record<'load' | 'require' | 'resolve', AnyFunction>>

let bundle: Bundle | undefined

/**
 * What serves the imports of one isolate.
 *
 * @throws RangeError for a root that is not there.
 */
export function moduleService(options: ModuleOptions): Service {
  // Its lexers are large, and many programs need none of it.
  if (bundle === undefined) {
    bundle = require('./modules/index.js') as Bundle
    useStackMap(bundle.mapStack)
  }
  const service = new bundle.ModuleService(options)
  return {
    load: (specifier, referrer, kind, again) => service.load(specifier, referrer, kind, again),
    require: (specifier, referrer) => service.require(specifier, referrer),
    resolve: (specifier, referrer, kind) => service.resolve(specifier, referrer, kind),
  }
}

function refuse(specifier: unknown): never {
  const error = new Error(
    `Cannot import ${JSON.stringify(specifier)}: this isolate has no modules but isolates; see the option modules`,
  )
  throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' })
}

/** For isolates that were given no modules. */
export const noModules: Service = { load: refuse, require: refuse, resolve: refuse }
