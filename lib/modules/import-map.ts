import { forbidden, type Place } from './errors.js'
import type { ImportMap as ImportMapOption } from './options.js'
import { parseUrlLike } from './specifier.js'

/** Null for a specifier that must not be used. */
type Targets = ReadonlyMap<string, string | null>

/**
 * The algorithm of the HTML standard, with one addition: a target that is no URL stays what it is, a name to be looked for
 * among sources and packages.
 */
export class ImportMap {
  readonly #imports: Targets
  readonly #scopes: readonly (readonly [prefix: string, targets: Targets])[]

  constructor({ imports, scopes }: ImportMapOption, base: string) {
    this.#imports = normalise(imports ?? {}, base)
    this.#scopes = Object.entries(scopes ?? {})
      .map(([prefix, targets]) => [new URL(prefix, base).href, normalise(targets, base)] as const)
      // The longest first: it is the most specific.
      .sort(([a], [b]) => (a < b ? 1 : -1))
  }

  /** Undefined where the map has nothing to say. */
  resolve(place: Place): string | undefined {
    const url = parseUrlLike(place.specifier, place.referrer)
    const key = url?.href ?? place.specifier
    // A prefix may stand for names and for URLs whose paths have a hierarchy.
    const hierarchical = url === undefined || specialSchemes.has(url.protocol)
    for (const [prefix, targets] of this.#scopes) {
      if (prefix === place.referrer || (prefix.endsWith('/') && place.referrer.startsWith(prefix))) {
        const match = find(targets, key, hierarchical, place)
        if (match !== undefined) return match
      }
    }
    return find(this.#imports, key, hierarchical, place)
  }
}

const specialSchemes = new Set(['file:', 'ftp:', 'http:', 'https:', 'ws:', 'wss:', 'memory:'])

function normalise(entries: Record<string, string | null>, base: string): Targets {
  const targets = Object.entries(entries).map(([key, target]): [string, string | null] => [
    parseUrlLike(key, base)?.href ?? key,
    target === null ? null : (parseUrlLike(target, base)?.href ?? target),
  ])
  return new Map(targets.sort(([a], [b]) => (a < b ? 1 : -1)))
}

function find(targets: Targets, key: string, hierarchical: boolean, place: Place): string | undefined {
  for (const [name, target] of targets) {
    const exact = name === key
    if (!exact && !(hierarchical && name.endsWith('/') && key.startsWith(name))) continue
    if (target === null) throw forbidden('modules.map maps it to null', place)
    if (exact) return target
    const rest = key.slice(name.length)
    if (!URL.canParse(target)) return target + rest
    const url = new URL(rest, target)
    if (!url.href.startsWith(target)) throw forbidden(`it leads out of ${target}, its target in modules.map`, place)
    return url.href
  }
  return undefined
}
