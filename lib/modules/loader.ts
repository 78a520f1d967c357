import { fileURLToPath } from 'node:url'
import type { ImportKind, ModuleReply } from '../shared/modules.js'
import { builtinModule, linkKey } from '../shared/modules.js'
import { sourceTooBig } from '../shared/requests.js'
import { describeFile, describeText } from './cache.js'
import { type Description, formatOf } from './describe.js'
import { notFound, type Place } from './errors.js'
import { checkLoaded, type ModuleOptions } from './options.js'
import { Packages } from './packages.js'
import { Resolver } from './resolver.js'
import { Root } from './root.js'
import { Sources, sourceAndFormat } from './sources.js'
import { SourceMaps } from './stacks.js'
import { pause, type Steps, settled } from './steps.js'

const defaultConditions = ['edge-light', 'browser']

/** A module to be collected, and who wants it. */
interface Wanted {
  readonly url: string
  readonly place: Place
  /** Only guessed from a call of `require`: an error is for the time when that is made. */
  readonly guessed: boolean
}

interface Collected {
  readonly modules: Map<string, Description>
  readonly links: Map<string, string>
  readonly packages: Packages | undefined
}

/** What one isolate may import. */
export class Loader {
  readonly #options: ModuleOptions
  readonly #maxSourceSize: number
  readonly #root: Root | undefined
  readonly #sources: Sources
  readonly #resolver: Resolver
  readonly maps: SourceMaps
  /** URLs of the modules that the guest has been sent. */
  readonly #sent = new Set<string>([builtinModule])

  constructor(options: ModuleOptions, maxSourceSize: number) {
    this.#options = options
    this.#maxSourceSize = maxSourceSize
    this.#root = options.root === undefined ? undefined : new Root(options.root)
    this.#sources = new Sources(options.sources ?? {}, this.#root?.url ?? 'memory:///')
    this.maps = new SourceMaps(this.#root)
    this.#resolver = new Resolver(options, this.#root, this.#sources)
  }

  /** A script's name is no place for a module: what it imports is relative to the root. */
  referrer(given: string): string {
    const isUrl = this.#options.load !== undefined && URL.canParse(given) && !/^isolates?:/.test(given)
    return isUrl || /^(?:file|memory):\/\//.test(given) ? given : this.#resolver.base
  }

  /** Everything has to be sent anew. */
  forget(): void {
    this.#sent.clear()
    this.#sent.add(builtinModule)
  }

  /** A URL; for `require`, the path of a file. */
  *resolve(kind: ImportKind, place: Place): Steps<string> {
    const url = yield* this.#resolver.resolve(this.#packages(), kind, place)
    return kind === 'require' && url.startsWith('file:') ? fileURLToPath(url) : url
  }

  /** A module with all that it imports, as far as the guest has not got it. */
  *load(kind: ImportKind, place: Place): Steps<ModuleReply> {
    const collected: Collected = { modules: new Map(), links: new Map(), packages: this.#packages() }
    const url = yield* this.#resolver.resolve(collected.packages, kind, place)
    yield* this.#collect(collected, { url, place, guessed: false })
    const names: string[][] = []
    for (const [each, description] of collected.modules) {
      if (description.record.format !== 'commonjs') continue
      const found = new Set<string>()
      yield* this.#exportedNames(collected, description, found, new Set([each]))
      names.push([each, ...found])
    }
    // Only now, in one go with the reply: the guest gets replies in this order.
    for (const each of collected.modules.keys()) this.#sent.add(each)
    return {
      url,
      modules: [...collected.modules.values()].map(({ record }) => record),
      names,
      links: [...collected.links].flat(),
    }
  }

  #packages(): Packages | undefined {
    return this.#root && new Packages(this.#root, this.#options.conditions ?? defaultConditions)
  }

  *#collect(collected: Collected, first: Wanted): Steps<void> {
    const queue = [first]
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (this.#sent.has(next.url) || collected.modules.has(next.url)) continue
      yield* pause()
      const description = yield* this.#attempt(next.guessed, this.#describe(collected.packages, next.url, next.place))
      if (description === undefined) continue
      const { length } = description.record.source
      if (length > this.#maxSourceSize) throw sourceTooBig(`The module ${next.url}`, length, this.#maxSourceSize)
      collected.modules.set(next.url, description)
      this.maps.note(next.url, description.mapUrl)
      const kind = description.record.format === 'commonjs' ? 'require' : 'import'
      for (const specifier of description.requests) {
        const place = { specifier, referrer: next.url }
        const guessed = next.guessed || kind === 'require'
        const url = yield* this.#attempt(guessed, this.#resolver.resolve(collected.packages, kind, place))
        if (url === undefined) continue
        collected.links.set(linkKey(kind, next.url, specifier), url)
        queue.push({ url, place, guessed })
      }
    }
  }

  /** Undefined for an error of something that was only guessed. */
  *#attempt<T>(guessed: boolean, steps: Steps<T>): Steps<T | undefined> {
    try {
      return yield* steps
    } catch (error) {
      if (!guessed) throw error
      return undefined
    }
  }

  *#describe(packages: Packages | undefined, url: string, place: Place): Steps<Description> {
    const given = yield* settled(this.#options.load?.(url))
    const loaded = given === undefined || given === null ? this.#sources.get(url) : checkLoaded('modules.load', given)
    if (loaded !== undefined) {
      const { text, format } = sourceAndFormat(url, loaded, place)
      return describeText(url, text, format, place)
    }
    if (packages === undefined || !url.startsWith('file:'))
      throw notFound(`modules.load gave nothing for ${url}`, place)
    const path = fileURLToPath(url)
    const file = packages.findFile(path, 'import', place)
    return describeFile(
      url,
      file,
      formatOf(path, () => packages.typeAround(path, place), place),
      place,
    )
  }

  /** Also those of files that it exports everything of. */
  *#exportedNames(collected: Collected, from: Description, names: Set<string>, seen: Set<string>): Steps<void> {
    for (const name of from.names) names.add(name)
    for (const specifier of from.reexports) {
      const place = { specifier, referrer: from.record.url }
      const url = yield* this.#attempt(true, this.#resolver.resolve(collected.packages, 'require', place))
      if (url === undefined || seen.has(url) || url === builtinModule) continue
      seen.add(url)
      const description =
        collected.modules.get(url) ?? (yield* this.#attempt(true, this.#describe(collected.packages, url, place)))
      if (description?.record.format === 'commonjs') yield* this.#exportedNames(collected, description, names, seen)
    }
  }
}
