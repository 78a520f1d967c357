import { Date, defineProperty, Float64Array, freeze, Int32Array, slice, stringify } from '../builtins.js'
import { natives } from '../natives.js'
import { LARGE, MOST_CUT, SMALL, TAG_BITS, TAG_MASK, Tag } from './format.js'

/** Objects of a shape that are made key by key before a function is compiled for it. */
const TRIALS = 4

interface Maker {
  readonly keys: readonly string[]
  uses: number
  make: (() => object) | undefined
  makeFrozen: (() => object) | undefined
}

let words: Int32Array = new Int32Array(SMALL)
let at = 0
let numbers: Float64Array = new Float64Array(SMALL)
let numberAt = 0
/** What short strings are cut out of; undefined when all come in the list. */
let text: string | undefined
let characterAt = 0
let texts: readonly unknown[] = []
let textAt = 0
/** What is made is frozen, all through. */
let frozen = false

const makers: (Maker | undefined)[] = []

export function connectReader(): void {
  natives.plainReader(decode, reserve)
  natives.plainReaderLists(words, numbers)
}

/** Has lists of at least these lengths for the value that comes next. Throws when there is no memory for them. */
function reserve(wordCount: number, numberCount: number): void {
  if (wordCount > words.length || words.length > LARGE) words = new Int32Array(larger(wordCount))
  if (numberCount > numbers.length || numbers.length > LARGE) numbers = new Float64Array(larger(numberCount))
  natives.plainReaderLists(words, numbers)
}

function larger(least: number): number {
  let length = SMALL
  while (length < least) length *= 2
  return length
}

/** The value that an `encode` somewhere wrote; the addon has filled the lists. */
function decode(short: string | undefined, list: readonly unknown[], isFrozen: boolean): unknown {
  text = short
  characterAt = 0
  texts = list
  frozen = isFrozen
  at = 0
  numberAt = 0
  textAt = 0
  const value = read()
  text = undefined
  texts = []
  return value
}

function read(): unknown {
  const word = words[at++] as number
  switch (word & TAG_MASK) {
    case Tag.Integer:
      return word >> TAG_BITS
    case Tag.Number:
      return numbers[numberAt++]
    case Tag.Text: {
      const from = characterAt
      characterAt += word >> TAG_BITS
      return text === undefined || characterAt - from > MOST_CUT ? texts[textAt++] : slice(text, from, characterAt)
    }
    case Tag.LongText:
    case Tag.Shared:
      return texts[textAt++]
    case Tag.Null:
      return null
    case Tag.False:
      return false
    case Tag.True:
      return true
    case Tag.Array: {
      const length = word >> TAG_BITS
      const array: unknown[] = []
      for (let i = 0; i < length; i++) array[i] = read()
      return frozen ? freeze(array) : array
    }
    case Tag.Object:
      return readObject(word >> TAG_BITS)
    case Tag.Numbers: {
      const length = word >> TAG_BITS
      const array: number[] = []
      for (let i = 0; i < length; i++) array[i] = numbers[numberAt++] as number
      return frozen ? freeze(array) : array
    }
    case Tag.Date:
      return new Date(numbers[numberAt++] as number)
    case Tag.Keyed:
      return readKeyed(word >> TAG_BITS)
    default:
      return undefined
  }
}

function readObject(shape: number): object {
  const maker = makers[shape]
  const make = frozen ? maker?.makeFrozen : maker?.make
  return make === undefined ? readByKeys(shape, maker) : make()
}

function readByKeys(shape: number, known: Maker | undefined): object {
  let maker = known
  if (maker === undefined) {
    maker = { keys: natives.plainKeys(shape), uses: 0, make: undefined, makeFrozen: undefined }
    makers[shape] = maker
  }
  const { keys } = maker
  if (++maker.uses > TRIALS) {
    const source = makerSource(keys)
    if (frozen) {
      maker.makeFrozen = natives.plainCompile(`return () => freeze(${source})`)(read, freeze)
      return maker.makeFrozen()
    }
    maker.make = natives.plainCompile(`return () => (${source})`)(read, freeze)
    return maker.make()
  }
  const object = {}
  for (let i = 0; i < keys.length; i++) define(object, keys[i] as string, read())
  return frozen ? freeze(object) : object
}

function readKeyed(count: number): object {
  const object = {}
  for (let i = 0; i < count; i++) define(object, read() as string, read())
  return frozen ? freeze(object) : object
}

/** Defined, not assigned: a `__proto__` is a name like any other. */
function define(object: object, key: string, value: unknown): void {
  defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}

function makerSource(keys: readonly string[]): string {
  let properties = ''
  for (let i = 0; i < keys.length; i++) {
    // Only in brackets is it a property like any other.
    const name = stringify(keys[i])
    properties += keys[i] === '__proto__' ? `[${name}]:read(),` : `${name}:read(),`
  }
  return `{${properties}}`
}
