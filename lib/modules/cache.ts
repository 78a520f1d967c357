import { readFileSync } from 'node:fs'
import { type Description, describe, type SourceFormat } from './describe.js'
import type { Place } from './errors.js'
import type { Found } from './root.js'

/** How many characters of texts one thread remembers. */
const most = 64 * 2 ** 20

interface Entry {
  readonly description: Description
  /** What it was made of: times and size of a file, or a text. */
  readonly made: string
  readonly format: SourceFormat
}

/** Texts that were described before, by URL: for all isolates of this thread. What was not asked for longest goes first. */
const entries = new Map<string, Entry>()
let size = 0

export function describeFile(url: string, { path, stats }: Found, format: SourceFormat, place: Place): Description {
  const made = `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`
  return remember(url, made, format, () => describe(url, readFileSync(path, 'utf8'), format, place))
}

export function describeText(url: string, text: string, format: SourceFormat, place: Place): Description {
  return remember(url, text, format, () => describe(url, text, format, place))
}

function remember(url: string, made: string, format: SourceFormat, describeIt: () => Description): Description {
  const known = entries.get(url)
  entries.delete(url)
  if (known !== undefined) size -= sizeOf(known)
  const fits = known !== undefined && known.made === made && known.format === format
  const entry = fits ? known : { description: describeIt(), made, format }
  entries.set(url, entry)
  size += sizeOf(entry)
  for (const [oldest, old] of entries) {
    if (size <= most) break
    entries.delete(oldest)
    size -= sizeOf(old)
  }
  return entry.description
}

function sizeOf({ description, made }: Entry): number {
  return description.record.source.length + made.length
}
