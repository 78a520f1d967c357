import { Date, defineProperty, Float64Array, Int32Array, stringify } from '../builtins.js'
import { natives } from '../natives.js'
import { LARGE, SMALL, TAG_BITS, TAG_MASK, Tag } from './format.js'

/** Objects of a shape that are made key by key before a function is compiled for it. */
const TRIALS = 4

interface Maker {
  readonly keys: readonly string[]
  uses: number
  make: (() => object) | undefined
}

let words: Int32Array = new Int32Array(SMALL)
let at = 0
let numbers: Float64Array = new Float64Array(SMALL)
let numberAt = 0
let texts: readonly string[] = []
let textAt = 0

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
function decode(list: readonly string[]): unknown {
  texts = list
  at = 0
  numberAt = 0
  textAt = 0
  const value = read()
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
    case Tag.Text:
    case Tag.LongText:
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
      return array
    }
    case Tag.Object:
      return readObject(word >> TAG_BITS)
    case Tag.Numbers: {
      const length = word >> TAG_BITS
      const array: number[] = []
      for (let i = 0; i < length; i++) array[i] = numbers[numberAt++] as number
      return array
    }
    case Tag.Date:
      return new Date(numbers[numberAt++] as number)
    default:
      return undefined
  }
}

function readObject(shape: number): object {
  const maker = makers[shape]
  return maker?.make === undefined ? readByKeys(shape, maker) : maker.make()
}

function readByKeys(shape: number, known: Maker | undefined): object {
  let maker = known
  if (maker === undefined) {
    maker = { keys: natives.plainKeys(shape), uses: 0, make: undefined }
    makers[shape] = maker
  }
  const { keys } = maker
  if (++maker.uses > TRIALS) {
    maker.make = natives.plainCompile(makerSource(keys))(read) as () => object
    return maker.make()
  }
  const object: Record<string, unknown> = {}
  for (let i = 0; i < keys.length; i++) {
    // Defined, not assigned: a `__proto__` is a name like any other.
    const value = read()
    defineProperty(object, keys[i] as string, { value, writable: true, enumerable: true, configurable: true })
  }
  return object
}

function makerSource(keys: readonly string[]): string {
  let properties = ''
  for (let i = 0; i < keys.length; i++) {
    // Only in brackets is it a property like any other.
    const name = stringify(keys[i])
    properties += keys[i] === '__proto__' ? `[${name}]:read(),` : `${name}:read(),`
  }
  return `return () => ({${properties}})`
}
