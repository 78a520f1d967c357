import { statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { misuseError, outOfRange } from '../errors.js'
import type { FunctionHandle } from '../functions.js'
import type { ModuleOptions } from '../modules/options.js'
import { native } from '../runtime.js'

/** How a pool's isolates find the functions that are named. */
export class ModuleExports {
  /** What the isolates may import; undefined when that is nothing. */
  readonly modules: ModuleOptions | undefined
  readonly #root: string | undefined
  readonly #own: string | undefined
  readonly #handles = new Map<string, FunctionHandle>()

  /** @throws RangeError for a file that is not there. */
  constructor(module: string | URL | undefined, modules: ModuleOptions | undefined) {
    this.modules = modules
    if (module !== undefined && modules === undefined) {
      const path = filePath(module)
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
        throw outOfRange('options.module', 'a file that exists', path)
      }
      this.#root = dirname(path)
      this.modules = { root: this.#root }
    }
    this.#own = module === undefined ? undefined : this.#specifier(module)
  }

  /** @throws TypeError when there is no module to look in. */
  handle(name: string, module: string | URL | undefined): FunctionHandle {
    const specifier = module === undefined ? this.#own : this.#specifier(module)
    if (specifier === undefined) {
      throw misuseError(
        `${JSON.stringify(name)} is the name of an export, but there is no option module that says of which`,
        'ERR_INVALID_OPTION',
      )
    }
    const key = `${specifier}\n${name}`
    let handle = this.#handles.get(key)
    if (handle === undefined) {
      handle = native.makeFunction(callExport(specifier, name), `isolates:pool/${name}`)
      this.#handles.set(key, handle)
    }
    return handle
  }

  /** What makes sure in an isolate that the module is there; undefined when there is none. */
  get preparation(): FunctionHandle | undefined {
    if (this.#own === undefined) return undefined
    return native.makeFunction(`() => import(${JSON.stringify(this.#own)}).then(() => {})`, 'isolates:pool/import')
  }

  #specifier(module: string | URL): string {
    if (this.#root === undefined) return String(module)
    const path = filePath(module)
    return dirname(path) === this.#root ? `./${basename(path)}` : path
  }
}

function filePath(module: string | URL): string {
  return module instanceof URL || module.startsWith('file:') ? fileURLToPath(module) : resolve(module)
}

/** A function that calls an export. The import is asked for once per isolate; after that a call takes no promise. */
function callExport(specifier: string, name: string): string {
  const [from, what] = [specifier, name].map((text) => JSON.stringify(text))
  return `(() => {
    let module
    const find = () => {
      const found = module[${what}]
      if (typeof found === 'function') return found
      const names = Object.keys(module).filter((name) => typeof module[name] === 'function').join(', ')
      throw new TypeError(${what} + ' is no function that ' + ${from} + ' exports; it exports ' + (names || 'none'))
    }
    return (...args) => {
      if (module !== undefined) return (0, find())(...args)
      return import(${from}).then((loaded) => {
        module = loaded
        return (0, find())(...args)
      })
    }
  })()`
}
