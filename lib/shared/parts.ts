import { freeze, makeMap, mapClear, mapDelete, mapGet, mapSet, mapSize } from './builtins.js'
import { found } from './known.js'
import { Found, natives } from './natives.js'
import type { StorePath } from './path.js'

/** Most keys of one store that are remembered; the addon pins fewer values than that. */
const MOST = 64

const outdated = freeze({})

/**
 * Reads parts of a store's values. A large one stays pinned in the addon for as long as it is the newest, so that looking
 * into it again touches nothing that other readers write to.
 */
export class Parts {
  readonly #store: object
  readonly #pins = makeMap<string, number>()

  constructor(store: object) {
    this.#store = store
  }

  /** The part at a path that has been checked. */
  read(key: string, path: StorePath): unknown {
    const pin = mapGet(this.#pins, key)
    if (pin !== undefined) {
      const value = readPinned(pin, path)
      if (value !== outdated) return value
    }
    return this.#readNewest(key, path)
  }

  #readNewest(key: string, path: StorePath): unknown {
    const value = natives.storeGetIn(this.#store, key, found, path)
    const pin = found[Found.Pin] as number
    if (pin === 0) {
      mapDelete(this.#pins, key)
    } else {
      if (mapSize(this.#pins) >= MOST) mapClear(this.#pins)
      mapSet(this.#pins, key, pin)
    }
    return value
  }
}

function readPinned(pin: number, path: StorePath): unknown {
  // Reading a list takes the addon a call for each of its elements.
  switch (path.length) {
    case 1:
      return natives.storeGetPinned(pin, outdated, path[0])
    case 2:
      return natives.storeGetPinned(pin, outdated, path[0], path[1])
    case 3:
      return natives.storeGetPinned(pin, outdated, path[0], path[1], path[2])
    default:
      return natives.storeGetPinned(pin, outdated, path)
  }
}
