import { type FSWatcher, readdirSync, watch as watchDirectory } from 'node:fs'
import { join, relative } from 'node:path'

/** Editors write a file in several steps: milliseconds of rest after the last. */
const rest = 50

/**
 * Calls back when modules (JavaScript, TypeScript, JSON) in a directory or one below it have changed, but for packages and what is hidden; one call at a time.
 *
 * @returns Ends it.
 */
export function watch(directory: string, changed: (file: string) => Promise<void>): () => void {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let busy = false
  let again: string | undefined

  const tell = async (file: string): Promise<void> => {
    if (busy) {
      again = file
      return
    }
    busy = true
    await changed(file)
    busy = false
    const next = again
    again = undefined
    if (next !== undefined) await tell(next)
  }

  const add = (folder: string): void => {
    if (watchers.has(folder)) return
    try {
      const watcher = watchDirectory(folder, (_event, name) => {
        if (name === null || isIgnored(name)) return
        // Other files may be what the server itself writes: its output, say.
        if (/\.([cm]?[jt]s|json)$/.test(name)) {
          clearTimeout(timer)
          timer = setTimeout(() => void tell(relative(directory, join(folder, name))), rest)
        }
        // It may be a new directory.
        addBelow(folder)
      })
      watcher.on('error', () => {
        watcher.close()
        watchers.delete(folder)
      })
      watchers.set(folder, watcher)
    } catch {
      // It has gone in the meantime.
      return
    }
    addBelow(folder)
  }

  const addBelow = (folder: string): void => {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && !isIgnored(entry.name)) add(join(folder, entry.name))
      }
    } catch {
      // It has gone in the meantime.
    }
  }

  add(directory)
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers.values()) watcher.close()
  }
}

function isIgnored(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.')
}
