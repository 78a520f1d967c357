import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Root } from './root.js'

/** What a module says of its map, until a stack first names it: then the map, or null for one that cannot be read. */
type Entry = string | SourceMap | null

type Payload = ConstructorParameters<typeof SourceMap>[0]

const frame = /^( {4}at (?:.* \()?)((?:file|memory|https?|[a-z][a-z0-9+.-]*):\/\/[^\s()]*?):(\d+):(\d+)(\)?)$/gm

/** The source maps of the modules of one isolate. */
export class SourceMaps {
  readonly #root: Root | undefined
  readonly #entries = new Map<string, Entry>()

  /** @param root Whose files maps may be among. */
  constructor(root: Root | undefined) {
    this.#root = root
  }

  /** Remembers where the map of a module is. */
  note(url: string, mapUrl: string | undefined): void {
    if (mapUrl !== undefined) this.#entries.set(url, mapUrl)
  }

  /** The stack of a guest with the places that its source maps tell. */
  apply(stack: string): string {
    if (this.#entries.size === 0) return stack
    return stack.replace(frame, (line, before: string, url: string, row: string, column: string, after: string) => {
      const origin = this.#originOf(url, Number(row), Number(column))
      return origin === undefined ? line : `${before}${origin}${after}`
    })
  }

  #originOf(url: string, row: number, column: number): string | undefined {
    let map = this.#entries.get(url)
    if (map === undefined) return undefined
    if (typeof map === 'string') {
      map = read(url, map, this.#root)
      this.#entries.set(url, map)
    }
    const entry = map?.findEntry(row - 1, column - 1)
    if (entry === undefined || !('originalSource' in entry)) return undefined
    const { originalSource: name, originalLine, originalColumn } = entry
    const source = URL.canParse(name, url) ? new URL(name, url).href : name
    return `${source}:${originalLine + 1}:${originalColumn + 1}`
  }
}

function read(url: string, mapUrl: string, root: Root | undefined): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(textOf(url, mapUrl, root)) as Payload)
  } catch {
    // An error is being made: that the map is missing must not take its place.
    return null
  }
}

function textOf(url: string, mapUrl: string, root: Root | undefined): string {
  if (mapUrl.startsWith('data:')) {
    const comma = mapUrl.indexOf(',')
    const data = mapUrl.slice(comma + 1)
    const isBase64 = /;base64$/i.test(mapUrl.slice(0, comma))
    return isBase64 ? Buffer.from(data, 'base64').toString('utf8') : decodeURIComponent(data)
  }
  const found = root?.find(fileURLToPath(new URL(mapUrl, url)), { specifier: mapUrl, referrer: url })
  if (found === undefined) throw new Error('not among the files of the root')
  return readFileSync(found.path, 'utf8')
}
