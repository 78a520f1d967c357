import { load, makeMap, mapClear, mapDelete, mapForEach, mapGet, mapSet, mapSize } from './builtins.js'
import { Found, natives, State } from './natives.js'

/** A value as it was read, and where to see that it still is the newest. */
export interface Known {
  readonly value: unknown
  readonly version: number
  readonly numbers: Int32Array
  readonly index: number
  readonly number: number
}

/** Most keys of one store whose values are remembered. */
const mostKnown = 4096
/** Fewer than these need no looking through. */
const fewKnown = 64

/** Where the addon tells of what it found. */
export const found = new Float64Array(6)

/** The values of a store that were read last: while a key has not changed, reading it takes no call. */
export class KnownValues {
  readonly #store: object
  readonly #known = makeMap<string, Known>()
  readonly #chunks = makeMap<number, Int32Array>()
  #misses = 0

  constructor(store: object) {
    this.#store = store
  }

  /** What is remembered of a key and still the newest. */
  find(key: string): Known | undefined {
    const known = mapGet(this.#known, key)
    return known !== undefined && load(known.numbers, known.index) === known.number ? known : undefined
  }

  /** Asks the store itself, and remembers what can be shown to every reader. */
  read(key: string): unknown {
    const value = natives.storeGet(this.#store, key, found)
    if (found[Found.State] === State.Cacheable) this.#remember(key, value)
    else mapDelete(this.#known, key)
    return value
  }

  forget(key: string): void {
    mapDelete(this.#known, key)
  }

  clear(): void {
    mapClear(this.#known)
  }

  #remember(key: string, value: unknown): void {
    const chunk = found[Found.Chunk] as number
    const numbers = mapGet(this.#chunks, chunk) ?? natives.storeChunk(this.#store, chunk)
    mapSet(this.#chunks, chunk, numbers)
    const version = found[Found.Version] as number
    const index = found[Found.Index] as number
    const number = found[Found.Number] as number
    const size = mapSize(this.#known)
    if (++this.#misses > (size < fewKnown ? fewKnown : size)) this.#dropOutdated()
    if (mapSize(this.#known) >= mostKnown) mapClear(this.#known)
    mapSet(this.#known, key, { value, version, numbers, index, number })
  }

  /** Values that others have changed or taken out would stay in memory for as long as nobody asks for their keys here. */
  #dropOutdated(): void {
    this.#misses = 0
    mapForEach(this.#known, ({ numbers, index, number }, key) => {
      if (load(numbers, index) !== number) mapDelete(this.#known, key)
    })
  }
}
