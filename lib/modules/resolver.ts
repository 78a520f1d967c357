import { fileURLToPath, pathToFileURL } from 'node:url'
import { builtinModule, type ImportKind } from '../shared/modules.js'
import { forbidden, notFound, type Place } from './errors.js'
import { ImportMap } from './import-map.js'
import type { ModuleOptions } from './options.js'
import type { Packages } from './packages.js'
import type { Found, Root } from './root.js'
import { memoryBase, type Sources } from './sources.js'
import { isNodeModule, parseUrlLike } from './specifier.js'
import { type Steps, settled } from './steps.js'

/** Finds out which module a specifier means. */
export class Resolver {
  readonly #options: ModuleOptions
  readonly #root: Root | undefined
  readonly #sources: Sources
  readonly #map: ImportMap
  /** What relative specifiers of scripts and of the host are relative to. */
  readonly base: string

  constructor(options: ModuleOptions, root: Root | undefined, sources: Sources) {
    this.#options = options
    this.#root = root
    this.#sources = sources
    this.base = root?.url ?? memoryBase
    this.#map = new ImportMap(options.map ?? {}, this.base)
  }

  /** The URL of the module; for a file, the one without links in it. */
  *resolve(packages: Packages | undefined, kind: ImportKind, place: Place): Steps<string> {
    const { specifier, referrer } = place
    const answer = yield* settled(this.#options.resolve?.(specifier, { referrer, kind }))
    if (answer !== undefined && answer !== null) {
      if (typeof answer !== 'string' || parseUrlLike(answer, this.base) === undefined) {
        throw new TypeError(`modules.resolve must give a URL, null or undefined for ${JSON.stringify(specifier)}`)
      }
      return this.#byUrl(parseUrlLike(answer, this.base) as URL, packages, kind, place)
    }
    const mapped = this.#map.resolve(place)
    return this.#find(packages, kind, mapped === undefined ? place : { specifier: mapped, referrer })
  }

  #find(packages: Packages | undefined, kind: ImportKind, place: Place): string {
    const { specifier, referrer } = place
    if (specifier === builtinModule) return builtinModule
    const named = this.#sources.named(specifier)
    if (named !== undefined && !/^\.{0,2}\//.test(specifier)) return named
    const url = isNodeModule(specifier) ? undefined : parseUrlLike(specifier, referrer)
    if (url !== undefined) return this.#byUrl(url, packages, kind, place)
    if (/^\.{0,2}\//.test(specifier)) throw notFound('it cannot be part of a URL', place)
    if (packages === undefined || this.#options.packages !== true) throw notFound(this.#adviceFor(specifier), place)
    const path = this.#pathOf(referrer)
    if (specifier.startsWith('#')) {
      const found = packages.findInternal(path, kind, place)
      return typeof found === 'string' ? this.#find(packages, kind, { specifier: found, referrer }) : urlOf(found, '')
    }
    if (isNodeModule(specifier) && (specifier.startsWith('node:') || !this.#hasPackage(packages, path, kind, place))) {
      throw notFound(this.#adviceFor(specifier), place)
    }
    return urlOf(packages.find(path, kind, place), '')
  }

  #hasPackage(packages: Packages, path: string, kind: ImportKind, place: Place): boolean {
    try {
      packages.find(path, kind, place)
      return true
    } catch {
      return false
    }
  }

  #byUrl(url: URL, packages: Packages | undefined, kind: ImportKind, place: Place): string {
    if (this.#sources.has(url.href)) return url.href
    if (url.protocol !== 'file:') {
      if (this.#options.load !== undefined) return url.href
      if (url.protocol === 'memory:') throw notFound(`there is no ${url.pathname.slice(1)} in modules.sources`, place)
      throw forbidden(`only files of the root can be imported; modules.load may give what is at ${url.href}`, place)
    }
    if (packages === undefined) {
      if (this.#options.load !== undefined) return url.href
      throw forbidden('no files can be imported, since the isolate has no modules.root', place)
    }
    let path: string
    try {
      path = fileURLToPath(url)
    } catch (error) {
      throw notFound((error as Error).message, place)
    }
    return urlOf(packages.findFile(path, kind, place), url.search + url.hash)
  }

  /** Whose `node_modules` count: those of the root for what is no file. */
  #pathOf(referrer: string): string {
    const url = referrer.startsWith('file:') ? referrer : this.base
    return fileURLToPath(new URL('./x', url))
  }

  #adviceFor(specifier: string): string {
    if (isNodeModule(specifier)) {
      return "Node's own modules do not exist in an isolate; modules.map or modules.sources may put another in its place"
    }
    if (this.#root === undefined) return 'there is no such name in modules.sources or modules.map'
    return 'there is no such name in modules.sources or modules.map, and modules.packages is not set'
  }
}

function urlOf({ path }: Found, suffix: string): string {
  return pathToFileURL(path).href + suffix
}
