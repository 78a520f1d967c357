import type { ImportKind, ModuleReply } from '../../shared/modules.js'
import { native } from '../native.js'

/** What the host does for modules: lib/modules/service.ts answers. */
export interface ModuleHost {
  load(specifier: string, referrer: string, kind: ImportKind, again: boolean): Promise<ModuleReply>
  require(specifier: string, referrer: string): ModuleReply
  resolve(specifier: string, referrer: string, kind: ImportKind): string
}

interface Remote {
  call(service: 'modules', method: string, args: readonly unknown[]): Promise<unknown>
  callSync(service: 'modules', method: string, args: readonly unknown[]): unknown
}

let made: ModuleHost | undefined

export function host(): ModuleHost {
  made ??= reach(native.part('remote') as Remote)
  return made
}

function reach(remote: Remote): ModuleHost {
  return {
    load: (...args) => remote.call('modules', 'load', args) as Promise<ModuleReply>,
    require: (...args) => remote.callSync('modules', 'require', args) as ModuleReply,
    resolve: (...args) => remote.callSync('modules', 'resolve', args) as string,
  }
}
