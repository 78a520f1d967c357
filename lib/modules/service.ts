import type { ImportKind, ModuleReply } from '../shared/modules.js'
import { Loader } from './loader.js'
import type { ModuleOptions } from './options.js'
import { runEagerly, runSteps } from './steps.js'

/**
 * What the guest of one isolate asks its host for. It may ask for anything, so nothing that it says is relied on: where it
 * claims to be importing from gives it no rights.
 */
export class ModuleService {
  readonly #loader: Loader

  /** @throws RangeError for a root that is not there. */
  constructor(options: ModuleOptions, maxSourceSize: number) {
    this.#loader = new Loader(options, maxSourceSize)
  }

  /** @param again The guest has lost something that it was sent before. */
  load(specifier: unknown, referrer: unknown, kind: unknown, again: unknown): Promise<ModuleReply> {
    const place = this.#place(specifier, referrer)
    if (again === true) this.#loader.forget()
    return runSteps(this.#loader.load(kindOf(kind), place))
  }

  /** For `require`: gives a promise only where the host's own hooks do. */
  require(specifier: unknown, referrer: unknown): ModuleReply | Promise<ModuleReply> {
    return runEagerly(this.#loader.load('require', this.#place(specifier, referrer)))
  }

  /** For `import.meta.resolve` and `require.resolve`, likewise. */
  resolve(specifier: unknown, referrer: unknown, kind: unknown): string | Promise<string> {
    return runEagerly(this.#loader.resolve(kindOf(kind), this.#place(specifier, referrer)))
  }

  /** The stack of an error with the places that source maps tell. */
  mapStack(stack: string): string {
    return this.#loader.maps.apply(stack)
  }

  #place(specifier: unknown, referrer: unknown): { specifier: string; referrer: string } {
    if (typeof specifier !== 'string' || typeof referrer !== 'string') throw new TypeError('A specifier is a string')
    return { specifier, referrer: this.#loader.referrer(referrer) }
  }
}

function kindOf(kind: unknown): ImportKind {
  return kind === 'require' ? 'require' : 'import'
}
