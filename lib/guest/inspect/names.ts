import {
  AggregateError,
  Array,
  ArrayBuffer,
  Boolean,
  classNames,
  DataView,
  Date,
  Error,
  Function,
  find,
  findLast,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasInstance,
  hasOwn,
  includes,
  isEnumerable,
  Map,
  mapGet,
  mapSet,
  Number,
  Object,
  ownKeys,
  Promise,
  pop,
  push,
  RangeError,
  RegExp,
  Set,
  String,
  slice,
  TypedArray,
  TypeError,
  toLowerCase,
  toStringTag,
  WeakMap,
  WeakSet,
} from '../builtins.js'
import { dialect } from '../dialect.js'
import { native } from '../native.js'
import { type Context, isTooDeep, ownValue } from './context.js'
import { formatProperty } from './property.js'
import { formatAlone } from './value.js'

const builtinNames = { __proto__: null } as unknown as Record<string, true>
for (let i = 0; i < classNames.length; i++) builtinNames[classNames[i] as string] = true

/** Classes that are recognised by their prototype, so that a changed `constructor` property does not hide them. */
const known = new Map<unknown, readonly [name: string, constructor: object]>()
const classes: { readonly [name: string]: { readonly prototype: object } } = {
  Array,
  ArrayBuffer,
  Function,
  Map,
  Set,
  Object,
  TypedArray,
  RegExp,
  Date,
  DataView,
  Error,
  AggregateError,
  RangeError,
  TypeError,
  Boolean,
  Number,
  String,
  Promise,
  WeakMap,
  WeakSet,
}
for (const name in classes) {
  if (!hasOwn(classes, name)) continue
  const constructor = classes[name] as { readonly prototype: object }
  mapSet(known, constructor.prototype, [name, constructor])
}

export function isBuiltinName(name: unknown): boolean {
  return typeof name === 'string' && builtinNames[name] === true
}

/** True when the class whose prototype this is comes with the language. */
export function isBuiltinPrototype(prototype: object): boolean {
  const constructor = ownValue(prototype, 'constructor')
  return typeof constructor === 'function' && isBuiltinName(constructor.name)
}

/**
 * The name of the class a value belongs to; null when it inherits from nothing.
 *
 * With `inherited`, what the classes between the value and the language's own define is formatted into that list.
 */
export function classNameOf(context: Context, value: object, level: number, inherited?: string[]): string | null {
  let parent: object | null | undefined
  for (let object: object | null = value; object !== null; ) {
    const entry = mapGet(known, object)
    if (entry !== undefined && hasInstance(entry[1], value)) {
      if (inherited !== undefined && parent !== object) addInherited(context, value, parent ?? value, level, inherited)
      return entry[0]
    }
    const constructor = ownValue(object, 'constructor')
    if (typeof constructor === 'function' && constructor.name !== '' && isInstance(value, constructor)) {
      if (inherited !== undefined && (parent !== object || !isBuiltinName(constructor.name))) {
        addInherited(context, value, parent ?? value, level, inherited)
      }
      return `${constructor.name}`
    }
    object = getPrototypeOf(object)
    if (parent === undefined) parent = object
  }
  if (parent === null || parent === undefined) return null
  return describeParent(context, native.constructorName(value), parent, level, inherited)
}

/** No class on the whole chain fits: V8's own name, with what is known of the prototype. */
function describeParent(context: Context, name: string, parent: object, level: number, inherited?: string[]): string {
  if (isTooDeep(context, level)) return `${name} <Complex prototype>`
  const parentName = classNameOf(context, parent, level + 1, inherited)
  return `${name} <${parentName ?? formatAlone(context, parent)}>`
}

function isInstance(value: object, constructor: unknown): boolean {
  try {
    return value instanceof (constructor as new () => object)
  } catch {
    return false
  }
}

/** Formats properties, methods left out, of up to three prototypes that are not the language's own. */
function addInherited(context: Context, value: object, start: object, level: number, output: string[]): void {
  const covered: PropertyKey[] = []
  let prototype: object | null = start
  for (let layer = 0; layer < 3; layer++) {
    if (layer !== 0 || value === prototype) {
      prototype = getPrototypeOf(prototype)
      if (prototype === null || isBuiltinPrototype(prototype)) return
    }
    const keys = ownKeys(prototype)
    push(context.seen, value)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as PropertyKey
      if (key === 'constructor' || hasOwn(value, key) || includes(covered, key)) continue
      if (typeof ownValue(prototype, key) === 'function') continue
      const descriptor = getOwnPropertyDescriptor(prototype, key)
      const text = formatProperty(context, prototype, key, level, 'property', descriptor, value)
      push(output, context.colors ? `\u001b[2m${text}\u001b[22m` : text)
    }
    for (let i = 0; i < keys.length; i++) push(covered, keys[i] as PropertyKey)
    pop(context.seen)
  }
}

/** The value of `Symbol.toStringTag`, unless it is shown as a property anyway. */
export function tagOf(context: Context, value: object): string {
  let tag: unknown
  try {
    tag = (value as Record<symbol, unknown>)[toStringTag]
  } catch {
    return ''
  }
  if (typeof tag !== 'string' || tag === '') return ''
  const isShown = context.showHidden ? hasOwn : isEnumerable
  return isShown(value, toStringTag) ? '' : tag
}

/** What stands before an opening brace, with a space at its end: `Map(2) `, `Foo [bar] `, `[Object: null prototype] `. */
export function prefixOf(className: string | null, tag: string, fallback: string, size = ''): string {
  if (className === null) {
    const extra = tag !== '' && tag !== fallback ? `[${tag}] ` : ''
    return `[${fallback}${size}: null prototype] ${extra}`
  }
  if (tag === '') return `${className}${size} `
  switch (dialect.tagRule) {
    case 'differs':
      return className === tag ? `${className}${size} ` : `${className}${size} [${tag}] `
    case 'contained':
      return containsWord(className, tag) ? `${className}${size} ` : `${className}${size} [${tag}] `
    case 'dotted': {
      const dot = findLast(tag, '.')
      const name = dot >= 1 ? slice(tag, dot + 1) : tag
      return className === name ? `${tag}${size} ` : `${className}${size} [${tag}] `
    }
  }
}

/** True when `tag` stands in `className` and a new word of it, a capital letter, or nothing follows. */
function containsWord(className: string, tag: string): boolean {
  const position = find(className, tag)
  if (position === -1) return false
  const next = className[position + tag.length]
  return next === undefined || next !== toLowerCase(next)
}

/** The prefix of an object that is not of a kind with a name of its own. */
export function plainPrefix(value: object, className: string | null, tag: string): string {
  if (className !== null) return prefixOf(className, tag, '')
  const name = native.constructorName(value)
  return prefixOf(null, tag, name === tag ? 'Object' : name)
}
