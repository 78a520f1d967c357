import {
  apply,
  Date,
  dateTime,
  Float64Array,
  getPrototypeOf,
  hasOwn,
  Int32Array,
  isArray,
  makeWeakSet,
  Object,
  weakSetAdd,
  weakSetHas,
} from '../builtins.js'
import { natives } from '../natives.js'
import { HEADER, LARGE, LIMIT, SMALL, TAG_BITS, Tag } from './format.js'
import { follow, root, shapeOf } from './keys.js'

/** What is nested deeper goes to the addon, which knows how much stack there is. */
const DEEPEST = 100
/** From this many characters on a string is better copied by itself. */
const LONG = 1024
/** So many objects are handed over as arguments, which stand on the stack. */
const MOST_ARGUMENTS = 8192
/**
 * With so many objects, and each time there are twice as many, it is seen whether one of them has come twice: a few that
 * hold each other many times over could stand for more than there is memory for.
 */
const CHECKED_FIRST = 4096

// Read from here, which is quicker than from another module.
const start = root
const bits = TAG_BITS
const most = LIMIT
const integerTag = Tag.Integer
const textTag = Tag.Text

let words: Int32Array = new Int32Array(SMALL)
let at = 0
let room = SMALL
let numbers: Float64Array = new Float64Array(SMALL)
let numberCount = 0
let text = ''
let longTexts: unknown[] = []
let longTextCount = 0
let objects: object[] = []
let objectCount = 0
let checkAt = 0
let encoding = false
/** Something else was to be encoded meanwhile. */
let spoilt = false

const objectPrototype = Object.prototype
const datePrototype = Date.prototype
let cleanPrototype: object | null = null
/** Instances of classes are refused: they have no immutable form. */
let strict = false

/** Objects that stand for a value outside of all heaps. */
const shared = makeWeakSet<object>()
let sharing = false

export function connectWriter(): void {
  natives.plainWriter(encode, remember)
  natives.plainWriterLists(words, numbers)
}

function useWords(list: Int32Array): void {
  words = list
  room = list.length
  natives.plainWriterLists(words, numbers)
}

function useNumbers(list: Float64Array): void {
  numbers = list
  natives.plainWriterLists(words, numbers)
}

/** False when there is no memory for so many. */
function growWords(): boolean {
  let larger: Int32Array
  try {
    larger = new Int32Array(room * 2)
  } catch {
    return false
  }
  for (let i = 0; i < at; i++) larger[i] = words[i] as number
  useWords(larger)
  return true
}

function growNumbers(least: number): boolean {
  let { length } = numbers
  while (length < least) length *= 2
  let larger: Float64Array
  try {
    larger = new Float64Array(length)
  } catch {
    return false
  }
  for (let i = 0; i < numberCount; i++) larger[i] = numbers[i] as number
  useNumbers(larger)
  return true
}

/**
 * Fills the lists and answers the text; undefined when the value is not plain. Long strings, and what is shared, are left
 * in the list given.
 */
function encode(value: unknown, long: unknown[], isStrict: boolean): string | undefined {
  if (encoding) {
    // A getter in the value that is being encoded sends something itself.
    spoilt = true
    return undefined
  }
  if (room > LARGE) useWords(new Int32Array(SMALL))
  if (numbers.length > LARGE) useNumbers(new Float64Array(SMALL))
  encoding = true
  spoilt = false
  at = HEADER
  numberCount = 0
  text = ''
  longTexts = long
  longTextCount = 0
  objects = []
  objectCount = 0
  checkAt = CHECKED_FIRST
  cleanPrototype = null
  strict = isStrict
  try {
    if (!isClean(objectPrototype) || !write(value, DEEPEST) || spoilt || !areOrdinary()) return undefined
    words[0] = at
    words[1] = numberCount
    words[2] = longTextCount
    return text
  } finally {
    encoding = false
    // What was sent is not to stay in memory for this.
    text = ''
    longTexts = []
    objects = []
  }
}

/** The addon has tied this object to a value. */
function remember(object: object): void {
  sharing = true
  weakSetAdd(shared, object)
}

/** Whether all objects are what they looked like, and come once. */
function areOrdinary(): boolean {
  return objectCount > MOST_ARGUMENTS ? natives.plainCheckAll(objects) : apply(natives.plainCheck, undefined, objects)
}

/** True when objects inherit no properties that a loop over their keys would find. */
function isClean(prototype: object): boolean {
  for (const _ in prototype) return false
  return true
}

/** What fits in a word: not -0. */
function isInteger(value: number): boolean {
  return (value | 0) === value && value < most && value >= -most && (value !== 0 || 1 / value > 0)
}

function write(value: unknown, depth: number): boolean {
  if (at === room && !growWords()) return false
  switch (typeof value) {
    case 'number':
      if (isInteger(value)) {
        words[at++] = (value << bits) | integerTag
      } else {
        if (numberCount === numbers.length && !growNumbers(numberCount + 1)) return false
        words[at++] = Tag.Number
        numbers[numberCount++] = value
      }
      return true
    case 'string': {
      const { length } = value
      if (length < LONG) {
        if (text.length > most) return false
        text += value
        words[at++] = (length << bits) | textTag
      } else {
        longTexts[longTextCount++] = value
        words[at++] = Tag.LongText
      }
      return true
    }
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
      if (sharing && weakSetHas(shared, value)) {
        longTexts[longTextCount++] = value
        words[at++] = Tag.Shared
        return true
      }
      objects[objectCount++] = value
      if (objectCount === checkAt) {
        checkAt *= 2
        if (!areOrdinary()) return false
      }
      return isArray(value) ? writeArray(value, depth - 1) : writeObject(value as Record<string, unknown>, depth - 1)
    default:
      return false
  }
}

function writeArray(array: readonly unknown[], depth: number): boolean {
  const { length } = array
  if (length >= LIMIT) return false
  if (typeof array[0] === 'number' && writeNumbers(array, length)) return true
  words[at++] = (length << TAG_BITS) | Tag.Array
  for (let i = 0; i < length; i++) {
    const value = array[i]
    // A hole is not the same as undefined.
    if (value === undefined && !hasOwn(array, i)) return false
    if (!write(value, depth)) return false
  }
  return true
}

function writeNumbers(array: readonly unknown[], length: number): boolean {
  if (numberCount + length > numbers.length) {
    // A long array that only begins with numbers must not make room for all of it.
    for (let i = 0; i < length; i++) if (typeof array[i] !== 'number') return false
    if (!growNumbers(numberCount + length)) return false
  }
  const before = numberCount
  for (let i = 0; i < length; i++) {
    const value = array[i]
    if (typeof value !== 'number') {
      numberCount = before
      return false
    }
    numbers[numberCount++] = value
  }
  words[at++] = (length << TAG_BITS) | Tag.Numbers
  return true
}

function writeObject(object: Record<string, unknown>, depth: number): boolean {
  const prototype = getPrototypeOf(object) as object | null
  if (prototype !== objectPrototype && prototype !== null && prototype !== cleanPrototype) {
    if (prototype === datePrototype) return writeDate(object)
    if (strict || getPrototypeOf(prototype) !== objectPrototype || !isClean(prototype)) return false
    cleanPrototype = prototype
  }
  const shapeAt = at++
  const numbersBefore = numberCount
  const textBefore = text
  const longTextsBefore = longTextCount
  const objectsBefore = objectCount
  let node = start
  // Kept in registers until something else is to be written: what belongs to all costs a store for each property.
  let list = words
  let place = at
  let characters = text
  for (const key in object) {
    node = node.next === key ? node.child : follow(node, key)
    if (node === start) {
      at = shapeAt
      numberCount = numbersBefore
      text = textBefore
      longTextCount = longTextsBefore
      objectCount = objectsBefore
      objects.length = objectsBefore
      return writeKeyed(object, depth)
    }
    const value = object[key]
    if (place === room) {
      at = place
      if (!growWords()) return false
      list = words
    }
    // Most properties are these, and V8 does not inline the whole of `write`.
    if (typeof value === 'number' && isInteger(value)) {
      list[place++] = (value << bits) | integerTag
    } else if (typeof value === 'string' && value.length < LONG) {
      if (characters.length > most) return false
      characters += value
      list[place++] = (value.length << bits) | textTag
    } else {
      at = place
      text = characters
      if (!write(value, depth)) return false
      list = words
      place = at
      characters = text
    }
  }
  at = place
  text = characters
  const shape = shapeOf(node)
  if (shape < 0) return false
  words[shapeAt] = (shape << bits) | Tag.Object
  return true
}

function writeKeyed(object: Record<string, unknown>, depth: number): boolean {
  const countAt = at++
  let count = 0
  for (const key in object) {
    if (!write(key, depth) || !write(object[key], depth)) return false
    count++
  }
  words[countAt] = (count << bits) | Tag.Keyed
  return count < most
}

function writeDate(object: object): boolean {
  let time: number
  try {
    time = dateTime(object)
  } catch {
    return false
  }
  if (numberCount === numbers.length && !growNumbers(numberCount + 1)) return false
  words[at++] = Tag.Date
  numbers[numberCount++] = time
  return true
}
