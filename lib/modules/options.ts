import { invalidType } from '../errors.js'
import type { ImportKind, ModuleFormat } from '../shared/modules.js'
import { action, type Check, flag, group } from '../shared/options.js'

export type { ImportKind, ModuleFormat }

/** An import map as browsers have it; a target may also be the name of a module in `sources` or of a package. */
export interface ImportMap {
  imports?: Record<string, string | null>
  /** Imports for modules whose URL is the key, or begins with it where that ends with a slash. */
  scopes?: Record<string, Record<string, string | null>>
}

/** What `resolve` is told of the import. */
export interface ResolveContext {
  /** URL of the module that imports; of the root where a script or the host does. */
  referrer: string
  kind: ImportKind
}

/** What `load` gives: the text of a module, or that and what kind of module it is. */
export type LoadedModule = string | { source: string; format?: ModuleFormat }

/** What modules an isolate may import. Nothing is readable unless it is given here. */
export interface ModuleOptions {
  /**
   * A directory: the files in it can be imported, and none outside of it, whatever links lead there. Specifiers of the host
   * and of scripts are relative to it. Default: no files.
   */
  root?: string | URL
  /**
   * Modules by name, that stand nowhere else: `{ app: "import './util.js'", 'util.js': 'export …' }`. A name that begins with
   * `./` takes the place of a file of the root. The end of the name tells the format, as with files; without one it is an
   * ES module.
   */
  sources?: Record<string, LoadedModule>
  /** Other meanings for specifiers. */
  map?: ImportMap
  /** Whether bare specifiers are looked for in `node_modules` directories of the root. Default: false. */
  packages?: boolean
  /**
   * Conditions in the `exports` and `imports` of packages, besides `import` or `require` and `default`. Default:
   * `['edge-light', 'browser']`, which stand for servers that have the web's interfaces and not Node's, as guests have.
   */
  conditions?: readonly string[]
  /**
   * Asked first what a specifier means: a URL, or null or undefined to go on as usual. May return a promise. What it throws is
   * thrown by the import.
   */
  resolve?: (
    specifier: string,
    context: ResolveContext,
  ) => string | null | undefined | Promise<string | null | undefined>
  /**
   * Asked first for the text of a module by its URL, of any scheme; null or undefined to go on as usual. May return a promise.
   */
  load?: (url: string) => LoadedModule | null | undefined | Promise<LoadedModule | null | undefined>
}

const dictionary: Check = (what, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidType(what, 'an object', value)
}

const directory: Check = (what, value) => {
  if (typeof value !== 'string' && !(value instanceof URL && value.protocol === 'file:')) {
    throw invalidType(what, 'a path or a file: URL', value)
  }
}

const targets: Check = (what, value) => {
  dictionary(what, value)
  for (const [key, target] of Object.entries(value as object)) {
    if (typeof target !== 'string' && target !== null) {
      throw invalidType(`${what}[${JSON.stringify(key)}]`, 'a string or null', target)
    }
  }
}

const importMap = group<ImportMap>({
  imports: targets,
  scopes: (what, scopes) => {
    dictionary(what, scopes)
    for (const [key, scope] of Object.entries(scopes as object)) targets(`${what}[${JSON.stringify(key)}]`, scope)
  },
})

const formats: readonly unknown[] = ['module', 'commonjs', 'json', undefined]

/** @throws TypeError for what is not the text of a module. */
export function checkLoaded(what: string, value: unknown): LoadedModule {
  if (typeof value === 'string') return value
  const { source, format } = (value ?? {}) as { source?: unknown; format?: unknown }
  if (typeof source !== 'string' || !formats.includes(format)) {
    throw invalidType(what, "a string, or an object with source and format ('module', 'commonjs' or 'json')", value)
  }
  return value as LoadedModule
}

const sources: Check = (what, value) => {
  dictionary(what, value)
  for (const [name, loaded] of Object.entries(value as object)) checkLoaded(`${what}[${JSON.stringify(name)}]`, loaded)
}

const conditions: Check = (what, value) => {
  if (!Array.isArray(value) || value.some((condition) => typeof condition !== 'string')) {
    throw invalidType(what, 'an array of strings', value)
  }
}

export const moduleOptions = group<ModuleOptions>({
  root: directory,
  sources,
  map: importMap,
  packages: flag,
  conditions,
  resolve: action,
  load: action,
})
