import type { SourceFormat } from './describe.js'
import { formatOf } from './describe.js'
import type { Place } from './errors.js'
import type { LoadedModule } from './options.js'
import { parseUrlLike } from './specifier.js'

/** Where modules that stand nowhere have their place. */
export const memoryBase = 'memory:///'

/** The modules that are given as texts. */
export class Sources {
  readonly #byUrl = new Map<string, LoadedModule>()
  readonly #byName = new Map<string, string>()

  /** @param base URL of the root, or of nowhere. */
  constructor(sources: Record<string, LoadedModule>, base: string) {
    for (const [name, source] of Object.entries(sources)) {
      const url = (parseUrlLike(name, base) ?? new URL(encodeURI(name), memoryBase)).href
      this.#byUrl.set(url, source)
      this.#byName.set(name, url)
    }
  }

  /** The URL of the module of that name. */
  named(specifier: string): string | undefined {
    return this.#byName.get(specifier)
  }

  has(url: string): boolean {
    return this.#byUrl.has(url)
  }

  get(url: string): LoadedModule | undefined {
    return this.#byUrl.get(url)
  }
}

/** A text, and what it is where nobody says: an ES module, or what the end of its URL tells. */
export function sourceAndFormat(
  url: string,
  loaded: LoadedModule,
  place: Place,
): { text: string; format: SourceFormat } {
  if (typeof loaded !== 'string' && loaded.format !== undefined) return { text: loaded.source, format: loaded.format }
  const text = typeof loaded === 'string' ? loaded : loaded.source
  const { pathname } = new URL(url)
  const known = /\.(?:[cm]?[jt]s|json)$/.test(pathname)
  return { text, format: known ? formatOf(pathname, () => 'module', place) : 'module' }
}
