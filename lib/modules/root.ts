import { realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { outOfRange } from '../errors.js'
import { forbidden, type Place } from './errors.js'

/** A file of the root, by the path that no link is part of. */
export interface Found {
  readonly path: string
  readonly stats: Stats
}

/** The directory whose files can be imported. Every path is followed to its end before anybody reads it. */
export class Root {
  readonly #given: string
  readonly #real: string

  /** @throws RangeError for what is no directory. */
  constructor(root: string | URL) {
    this.#given = typeof root === 'string' ? resolve(root) : fileURLToPath(root)
    try {
      this.#real = realpathSync.native(this.#given)
    } catch {
      throw outOfRange('options.modules.root', 'a directory that exists', this.#given)
    }
    if (!statSync(this.#real).isDirectory()) throw outOfRange('options.modules.root', 'a directory', this.#given)
  }

  /** Ends with a slash. */
  get url(): string {
    return pathToFileURL(this.#real + sep).href
  }

  /** Undefined for what is not there; a directory is found as well. */
  find(path: string, place: Place): Found | undefined {
    // Before anything is asked of the file system: it would tell what there is elsewhere.
    if (!within(path, this.#real) && !within(path, this.#given)) throw this.#refuse(path, place)
    let real: string
    try {
      real = realpathSync.native(path)
    } catch {
      return undefined
    }
    if (!within(real, this.#real)) throw this.#refuse(path, place)
    const stats = statSync(real, { throwIfNoEntry: false })
    return stats === undefined ? undefined : { path: real, stats }
  }

  /** The directories from this one up to the root. */
  *upwards(from: string): Generator<string> {
    for (let directory = from; within(directory, this.#real); directory = dirname(directory)) {
      yield directory
      if (directory === this.#real) return
    }
  }

  #refuse(path: string, place: Place): Error {
    return forbidden(`${path} is outside of modules.root, ${this.#given}`, place)
  }
}

function within(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)
}
