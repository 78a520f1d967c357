import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Root } from './root.js'

interface Mapped {
  readonly mapUrl: string
  /** Whose files the map may be among. */
  readonly root: Root | undefined
  /** Read when a stack first names the module; null for a map that cannot be read. */
  map?: SourceMap | null
}

type Payload = ConstructorParameters<typeof SourceMap>[0]

const most = 10_000
const maps = new Map<string, Mapped>()

/** Remembers where the map of a module is. */
export function noteMap(url: string, mapUrl: string | undefined, root: Root | undefined): void {
  maps.delete(url)
  if (mapUrl === undefined) return
  maps.set(url, { mapUrl, root })
  // A host that makes up ever new modules must not be filled with old ones.
  const [oldest] = maps.keys()
  if (maps.size > most && oldest !== undefined) maps.delete(oldest)
}

const frame = /^( {4}at (?:.* \()?)((?:file|memory|https?|[a-z][a-z0-9+.-]*):\/\/[^\s()]*?):(\d+):(\d+)(\)?)$/gm

/** The stack of a guest with the places that its source maps tell. */
export function mapStack(stack: string): string {
  if (maps.size === 0) return stack
  return stack.replace(frame, (line, before: string, url: string, row: string, column: string, after: string) => {
    const origin = originOf(url, Number(row), Number(column))
    return origin === undefined ? line : `${before}${origin}${after}`
  })
}

function originOf(url: string, row: number, column: number): string | undefined {
  const mapped = maps.get(url)
  if (mapped === undefined) return undefined
  if (mapped.map === undefined) mapped.map = read(url, mapped)
  const entry = mapped.map?.findEntry(row - 1, column - 1)
  if (entry === undefined || !('originalSource' in entry)) return undefined
  const source = URL.canParse(entry.originalSource, url)
    ? new URL(entry.originalSource, url).href
    : entry.originalSource
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}

function read(url: string, { mapUrl, root }: Mapped): SourceMap | null {
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
