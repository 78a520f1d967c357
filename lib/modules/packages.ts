import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Package, exports as resolveExports, imports as resolveImports } from 'resolve.exports'
import type { ImportKind } from '../shared/modules.js'
import { moduleError, notFound, type Place } from './errors.js'
import type { Found, Root } from './root.js'
import { parsePackage } from './specifier.js'

/** A directory with a `package.json` in it. */
interface Scope {
  readonly directory: string
  readonly manifest: Package & { type?: string; main?: unknown }
}

/**
 * Packages and what their `package.json` says, as of one load: what is looked up again and again while a graph is
 * collected is read once, and anew for the next.
 */
export class Packages {
  readonly #root: Root
  readonly #conditions: readonly string[]
  readonly #scopes = new Map<string, Scope | undefined>()
  readonly #looked = new Map<string, Found | undefined>()

  constructor(root: Root, conditions: readonly string[]) {
    this.#root = root
    this.#conditions = conditions
  }

  /** What the package around a file says that `.js` means. */
  typeAround(path: string, place: Place): string | undefined {
    return this.#scopeAround(path, place)?.manifest.type
  }

  /** The file that a bare specifier means to a file of the root. */
  find(path: string, kind: ImportKind, place: Place): Found {
    const parsed = parsePackage(place.specifier)
    if (parsed === undefined) throw notFound('that cannot be the name of a package', place)
    const own = this.#scopeAround(path, place)
    if (own !== undefined && own.manifest.name === parsed.name && own.manifest.exports !== undefined) {
      return this.#exported(own, parsed.subpath, kind, place)
    }
    for (const directory of this.#root.upwards(dirname(path))) {
      const candidate = join(directory, 'node_modules', parsed.name)
      const found = this.#look(candidate, place)
      if (found === undefined || !found.stats.isDirectory()) continue
      const scope = this.#scopeIn(found.path, place) ?? { directory: found.path, manifest: { name: parsed.name } }
      if (scope.manifest.exports !== undefined && scope.manifest.exports !== null) {
        return this.#exported(scope, parsed.subpath, kind, place)
      }
      if (parsed.subpath === '.') return this.#main(scope, place)
      return this.findFile(join(found.path, parsed.subpath), kind, place)
    }
    throw notFound(
      `there is no package ${parsed.name} in a node_modules directory of the root that ${place.referrer} could see`,
      place,
    )
  }

  /** What `#name` means in the package around a file: a file, or another specifier. */
  findInternal(path: string, kind: ImportKind, place: Place): Found | string {
    const scope = this.#scopeAround(path, place)
    const [target] = this.#ask(
      scope,
      () => scope && resolveImports(scope.manifest, place.specifier, this.#asked(kind)),
      place,
    )
    if (scope === undefined || target === undefined) {
      throw notFound('the package around the importing file has no such name in its imports', place)
    }
    return target.startsWith('./') ? this.findFile(join(scope.directory, target), 'import', place) : target
  }

  /** A file by its path, as `import` and `require` see it: `require` tries endings and directories. */
  findFile(path: string, kind: ImportKind, place: Place): Found {
    const found = this.#look(path, place)
    if (found?.stats.isFile() && !path.endsWith('/')) return found
    const tried = this.#try(path, found, place)
    if (tried !== undefined && kind === 'require') return tried
    const hint = tried === undefined ? '' : `; the name of the file in full is needed: ${tried.path}`
    throw notFound(
      `${found?.stats.isDirectory() ? `${path} is a directory` : `there is no file ${path}`}${hint}`,
      place,
    )
  }

  #try(path: string, found: Found | undefined, place: Place): Found | undefined {
    for (const ending of ['.js', '.json', '.cjs', '.mjs', '.ts', '.cts', '.mts']) {
      const file = path.endsWith('/') ? undefined : this.#look(path + ending, place)
      if (file?.stats.isFile()) return file
    }
    if (!found?.stats.isDirectory()) return undefined
    const scope = this.#scopeIn(found.path, place)
    return this.#mainOf(scope ?? { directory: found.path, manifest: { name: '' } }, place)
  }

  #exported(scope: Scope, subpath: string, kind: ImportKind, place: Place): Found {
    const [target] = this.#ask(scope, () => resolveExports(scope.manifest, subpath, this.#asked(kind)), place)
    if (target === undefined) throw notFound(`${scope.manifest.name} does not export ${subpath}`, place)
    if (!target.startsWith('./') || /[\\/]\.\.?(?:[\\/]|$)|[\\/]node_modules[\\/]/.test(target.slice(1))) {
      throw notFound(`the exports of ${scope.manifest.name} name ${target}, which is no path inside of it`, place)
    }
    const file = this.#look(join(scope.directory, target), place)
    if (file?.stats.isFile()) return file
    throw notFound(`the exports of ${scope.manifest.name} name ${target}, which is not there`, place)
  }

  #look(path: string, place: Place): Found | undefined {
    if (this.#looked.has(path)) return this.#looked.get(path)
    const found = this.#root.find(path, place)
    this.#looked.set(path, found)
    return found
  }

  #ask(scope: Scope | undefined, ask: () => unknown, place: Place): readonly string[] {
    try {
      return (ask() as readonly string[] | undefined) ?? []
    } catch (error) {
      throw notFound(`${(error as Error).message} (${join(scope?.directory ?? '', 'package.json')})`, place)
    }
  }

  #asked(kind: ImportKind): { unsafe: true; conditions: string[] } {
    return { unsafe: true, conditions: [kind, ...this.#conditions] }
  }

  #main(scope: Scope, place: Place): Found {
    const main = this.#mainOf(scope, place)
    if (main === undefined) throw notFound(`${scope.directory} has no main file`, place)
    return main
  }

  #mainOf({ directory, manifest }: Scope, place: Place): Found | undefined {
    const main = typeof manifest.main === 'string' && manifest.main !== '' ? manifest.main : './index'
    for (const name of [main, `${main}.js`, `${main}.json`, join(main, 'index.js'), 'index.js', 'index.json']) {
      const file = this.#look(join(directory, name), place)
      if (file?.stats.isFile()) return file
    }
    return undefined
  }

  #scopeAround(path: string, place: Place): Scope | undefined {
    for (const directory of this.#root.upwards(dirname(path))) {
      if (directory.endsWith('node_modules')) return undefined
      const scope = this.#scopeIn(directory, place)
      if (scope !== undefined) return scope
    }
    return undefined
  }

  #scopeIn(directory: string, place: Place): Scope | undefined {
    if (this.#scopes.has(directory)) return this.#scopes.get(directory)
    const file = this.#look(join(directory, 'package.json'), place)
    const scope = file?.stats.isFile() ? { directory, manifest: readManifest(file.path, place) } : undefined
    this.#scopes.set(directory, scope)
    return scope
  }
}

function readManifest(path: string, place: Place): Scope['manifest'] {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof manifest === 'object' && manifest !== null) return manifest as Scope['manifest']
  } catch (error) {
    throw moduleError('ERR_MODULE_FORMAT', `${path} cannot be read: ${(error as Error).message}`, place)
  }
  throw moduleError('ERR_MODULE_FORMAT', `${path} holds no object`, place)
}
