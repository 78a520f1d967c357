import {
  Date,
  dateTime,
  defineProperty,
  Float64Array,
  getPrototypeOf,
  hasOwn,
  isArray,
  Map,
  mapGet,
  mapSet,
  Object,
  stringify,
} from './builtins.js'
import { natives } from './natives.js'

/**
 * Takes plain values (objects, arrays, dates, strings, numbers, booleans, null and undefined) apart and puts them
 * together again: in JavaScript, because V8 compiles that to a few instructions per property, while the addon needs a
 * call of V8's interface for each.
 *
 * A value is written as a list of numbers, one or two for each part of it, and a list of its strings. Keys are not
 * written: the addon numbers each list of keys ("shape") for the whole process, and the reader has a function for each
 * number that makes such objects. What is not plain is left to the addon's own codec.
 */
const Tag = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  /** The number follows. */
  Number: 4,
  /** The next of the strings. */
  String: 5,
  /** Length, values. */
  Array: 6,
  /** Shape, values. */
  Object: 7,
  /** An array of nothing but numbers: length, numbers. */
  Numbers: 8,
  /** Milliseconds. */
  Date: 9,
} as const

/** What is nested deeper goes to the addon, which knows how much stack there is. */
const DEEPEST = 100
const MOST_KEYS = 128
const MOST_NODES = 16_384
/** Objects of a shape that are made key by key before a function is compiled for it. */
const TRIALS = 4

/** A list of keys, as a path from the root of all. */
interface Node {
  /** The key that mostly follows, and where it leads. */
  next: string | undefined
  child: Node | undefined
  others: Map<string, Node> | undefined
  readonly keys: readonly string[]
  /** 0: not asked for yet; below 0: the addon has no number left. */
  shape: number
}

interface Maker {
  readonly keys: readonly string[]
  uses: number
  make: (() => object) | undefined
}

/** A list of numbers begins with the lengths of the three lists. */
const HEADER = 3
const SMALL = 1024
/** A list that has grown beyond this is not kept for the next value. */
const LARGE = 131_072

let words: Float64Array = new Float64Array(SMALL)
let at = 0
const texts: string[] = []
let textCount = 0
const objects: object[] = []
let objectCount = 0
let encoding = false
/** Something else was encoded or decoded meanwhile: the lists are spoilt. */
let spoilt = false

const objectPrototype = Object.prototype
const datePrototype = Date.prototype
let cleanPrototype: object | null = null

const root: Node = { next: undefined, child: undefined, others: undefined, keys: [], shape: 0 }
let nodes = 0
const makers: (Maker | undefined)[] = []

/** For the addon, which writes and reads the lists. */
export function connectPlain(): void {
  natives.plainRegister(encode, decode, texts, objects)
  natives.plainWords(words)
}

function use(list: Float64Array): void {
  words = list
  natives.plainWords(list)
}

/** False when there is no memory for so many. */
function grow(least: number): boolean {
  let length = words.length * 2
  while (length < least) length *= 2
  let larger: Float64Array
  try {
    larger = new Float64Array(length)
  } catch {
    return false
  }
  for (let i = 0; i < at; i++) larger[i] = words[i] as number
  use(larger)
  return true
}

/** Fills the lists; false when the value is not plain. */
function encode(value: unknown): boolean {
  if (encoding) {
    // A getter in the value that is being encoded sends something itself.
    spoilt = true
    return false
  }
  if (words.length > LARGE) use(new Float64Array(SMALL))
  encoding = true
  spoilt = false
  at = HEADER
  textCount = 0
  objectCount = 0
  cleanPrototype = null
  try {
    if (!isClean(objectPrototype) || !write(value, DEEPEST) || spoilt) return false
  } finally {
    encoding = false
  }
  words[0] = at
  words[1] = textCount
  words[2] = objectCount
  return true
}

/** True when objects inherit no properties that a loop over their keys would find. */
function isClean(prototype: object): boolean {
  for (const _ in prototype) return false
  return true
}

function write(value: unknown, depth: number): boolean {
  if (at + 4 > words.length && !grow(at + 4)) return false
  switch (typeof value) {
    case 'number':
      words[at++] = Tag.Number
      words[at++] = value
      return true
    case 'string':
      words[at++] = Tag.String
      texts[textCount++] = value
      return true
    case 'boolean':
      words[at++] = value ? Tag.True : Tag.False
      return true
    case 'undefined':
      words[at++] = Tag.Undefined
      return true
    case 'object':
      if (value === null) {
        words[at++] = Tag.Null
        return true
      }
      if (depth === 0) return false
      objects[objectCount++] = value
      return isArray(value) ? writeArray(value, depth - 1) : writeObject(value as Record<string, unknown>, depth - 1)
    default:
      return false
  }
}

function writeArray(array: readonly unknown[], depth: number): boolean {
  const { length } = array
  if (typeof array[0] === 'number' && writeNumbers(array, length)) return true
  words[at++] = Tag.Array
  words[at++] = length
  for (let i = 0; i < length; i++) {
    const value = array[i]
    // A hole is not the same as undefined.
    if (value === undefined && !hasOwn(array, i)) return false
    if (!write(value, depth)) return false
  }
  return true
}

function writeNumbers(array: readonly unknown[], length: number): boolean {
  if (at + 2 + length > words.length && !grow(at + 2 + length)) return false
  const start = at
  words[at++] = Tag.Numbers
  words[at++] = length
  for (let i = 0; i < length; i++) {
    const value = array[i]
    if (typeof value !== 'number') {
      at = start
      return false
    }
    words[at++] = value
  }
  return true
}

function writeObject(object: Record<string, unknown>, depth: number): boolean {
  const prototype = getPrototypeOf(object) as object | null
  if (prototype !== objectPrototype && prototype !== null && prototype !== cleanPrototype) {
    if (prototype === datePrototype) return writeDate(object)
    if (getPrototypeOf(prototype) !== objectPrototype || !isClean(prototype)) return false
    cleanPrototype = prototype
  }
  words[at++] = Tag.Object
  const shapeAt = at++
  let node = root
  for (const key in object) {
    node = node.next === key ? (node.child as Node) : follow(node, key)
    if (node === root) return false
    const value = object[key]
    if (typeof value === 'number') {
      if (at + 4 > words.length && !grow(at + 4)) return false
      words[at++] = Tag.Number
      words[at++] = value
    } else if (!write(value, depth)) {
      return false
    }
  }
  if (node.shape === 0) node.shape = natives.plainShape(node.keys)
  words[shapeAt] = node.shape
  return node.shape > 0
}

function writeDate(object: object): boolean {
  let time: number
  try {
    time = dateTime(object)
  } catch {
    return false
  }
  words[at++] = Tag.Date
  words[at++] = time
  return true
}

/** Where a key leads that is not the usual one; the root when there are too many already. */
function follow(from: Node, key: string): Node {
  const known = from.others === undefined ? undefined : mapGet(from.others, key)
  if (known !== undefined) {
    from.next = key
    from.child = known
    return known
  }
  if (nodes === MOST_NODES || from.keys.length === MOST_KEYS) return root
  nodes++
  const keys: string[] = []
  for (let i = 0; i < from.keys.length; i++) keys[i] = from.keys[i] as string
  keys[from.keys.length] = key
  const made: Node = { next: undefined, child: undefined, others: undefined, keys, shape: 0 }
  from.others ??= new Map()
  mapSet(from.others, key, made)
  from.next = key
  from.child = made
  return made
}

// What `decode` reads.
let source = words
let sourceTexts: readonly string[] = texts

/** The value that an `encode` somewhere wrote; the addon has put its numbers into `words`, or into a longer list. */
function decode(list: readonly string[], longer: Float64Array | undefined): unknown {
  if (encoding) spoilt = true
  if (longer !== undefined) words = longer
  source = words
  sourceTexts = list
  at = HEADER
  textCount = 0
  return read()
}

function read(): unknown {
  switch (source[at++]) {
    case Tag.Number:
      return source[at++]
    case Tag.String:
      return sourceTexts[textCount++]
    case Tag.Null:
      return null
    case Tag.False:
      return false
    case Tag.True:
      return true
    case Tag.Array: {
      const length = source[at++] as number
      const array: unknown[] = []
      for (let i = 0; i < length; i++) array[i] = read()
      return array
    }
    case Tag.Object:
      return readObject(source[at++] as number)
    case Tag.Numbers: {
      const length = source[at++] as number
      const array: number[] = []
      for (let i = 0; i < length; i++) array[i] = source[at++] as number
      return array
    }
    case Tag.Date:
      return new Date(source[at++] as number)
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
