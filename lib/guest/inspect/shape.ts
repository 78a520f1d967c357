import {
  dateTime,
  dateToISOString,
  dateToString,
  Error,
  hasInstance,
  isArray,
  isNaN,
  iterator,
  mapSize,
  RegExp,
  regExpToString,
  setSize,
  typedArrayLength,
  typedArrayName,
} from '../builtins.js'
import { Kind, native } from '../native.js'
import { formatBoxed } from './boxed.js'
import { formatBufferSize, formatBytes, formatTypedArray } from './buffer.js'
import { formatArray, formatIterator, formatMap, formatPromise, formatSet, formatWeak } from './collection.js'
import type { Context } from './context.js'
import { formatError } from './error.js'
import { formatFunction } from './function.js'
import { keysOf, nonIndexKeys, takeNamespaceKeys } from './keys.js'
import { plainPrefix, prefixOf } from './names.js'

/** How one object is written: `base open parts... close`. */
export interface Shape {
  base: string
  open: string
  close: string
  /** Lists show their elements without keys, and several of them in a line. */
  isList: boolean
  /** Own properties to show after everything else. */
  keys: PropertyKey[]
  /** Inherited getters that are shown as if they were properties. */
  fields: readonly string[]
  /** What the object holds besides properties. */
  contents: ((level: number) => string[]) | undefined
  /** The whole text where there is no property to show. */
  alone: string | undefined
  /** The whole text where the object is too deep to be looked into, if it is not just its name. */
  whenTooDeep: string | undefined
}

export interface Identity {
  /** The name of the value's class; null when it inherits from nothing. */
  readonly className: string | null
  /** `Symbol.toStringTag`, or an empty string. */
  readonly tag: string
  readonly level: number
  /** The bytes of a buffer are of no interest. */
  readonly brief: boolean
}

const VIEW_FIELDS = ['byteLength', 'byteOffset', 'buffer']
const TYPED_ARRAY_FIELDS = ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer']

export function shapeOf(context: Context, value: object, identity: Identity): Shape {
  const kind = native.kind(value)
  // What has lost its prototype is still recognised; what has been given another one is taken at its word.
  const isIterable = identity.className === null || iterator in value
  const shape = isIterable ? iterableShape(context, value, identity, kind) : undefined
  return shape ?? otherShape(context, value, identity, kind)
}

/** Every field is there from the start: one that is missing would be looked up in the guest's `Object.prototype`. */
function newShape(open: string, close: string, keys: PropertyKey[]): Shape {
  return {
    base: '',
    open,
    close,
    isList: false,
    keys,
    fields: [],
    contents: undefined,
    alone: undefined,
    whenTooDeep: undefined,
  }
}

function iterableShape(context: Context, value: object, identity: Identity, kind: Kind): Shape | undefined {
  const { className, tag } = identity
  if (isArray(value)) {
    const isOrdinary = className === 'Array' && tag === ''
    const prefix = isOrdinary ? '' : prefixOf(className, tag, 'Array', `(${value.length})`)
    const shape = newShape(`${prefix}[`, ']', nonIndexKeys(context, value))
    shape.isList = true
    shape.contents = (level) => formatArray(context, value, level)
    if (value.length === 0) shape.alone = `${prefix}[]`
    return shape
  }
  switch (kind) {
    case Kind.Set: {
      const size = setSize(value)
      const prefix = prefixOf(className, tag, 'Set', `(${size})`)
      const shape = newShape(`${prefix}{`, '}', keysOf(context, value))
      shape.contents = (level) => formatSet(context, value, level)
      if (size === 0) shape.alone = `${prefix}{}`
      return shape
    }
    case Kind.Map: {
      const size = mapSize(value)
      const prefix = prefixOf(className, tag, 'Map', `(${size})`)
      const shape = newShape(`${prefix}{`, '}', keysOf(context, value))
      shape.contents = (level) => formatMap(context, value, level)
      if (size === 0) shape.alone = `${prefix}{}`
      return shape
    }
    case Kind.TypedArray: {
      const size = typedArrayLength(value)
      const prefix = prefixOf(className, tag, className === null ? typedArrayName(value) : '', `(${size})`)
      const shape = newShape(`${prefix}[`, ']', nonIndexKeys(context, value))
      shape.isList = true
      shape.contents = () => formatTypedArray(context, value, size)
      if (context.showHidden) shape.fields = TYPED_ARRAY_FIELDS
      else if (size === 0) shape.alone = `${prefix}[]`
      return shape
    }
    case Kind.MapIterator:
    case Kind.SetIterator: {
      const shape = newShape('', '}', keysOf(context, value))
      const name = kind === Kind.MapIterator ? 'Map' : 'Set'
      shape.contents = (level) => formatIterator(context, value, level, shape, name, tag)
      return shape
    }
    default:
      return undefined
  }
}

function otherShape(context: Context, value: object, identity: Identity, kind: Kind): Shape {
  const { className, tag } = identity
  const shape = newShape('{', '}', keysOf(context, value))
  if (typeof value === 'function') {
    shape.base = formatFunction(context, value, kind, identity)
    shape.alone = context.stylize(shape.base, 'special')
    return shape
  }
  if (className === 'Object') {
    if (kind === Kind.Arguments) shape.open = '[Arguments] {'
    else if (tag !== '') shape.open = `${prefixOf(className, tag, 'Object')}{`
    shape.alone = `${shape.open}}`
    return shape
  }
  if (kind === Kind.RegExp) {
    const prefix = prefixOf(className, tag, 'RegExp')
    const text = regExpToString(className === null ? new RegExp(value as RegExp) : value)
    shape.base = context.stylize(prefix === 'RegExp ' ? text : `${prefix}${text}`, 'regexp')
    shape.alone = shape.whenTooDeep = shape.base
    return shape
  }
  if (kind === Kind.Date) {
    const prefix = prefixOf(className, tag, 'Date')
    const text = isNaN(dateTime(value)) ? dateToString(value) : dateToISOString(value)
    shape.base = prefix === 'Date ' ? text : `${prefix}${text}`
    shape.alone = context.stylize(shape.base, 'date')
    return shape
  }
  if (kind === Kind.Error || hasInstance(Error, value)) {
    shape.base = shape.alone = formatError(context, value, identity, shape.keys)
    return shape
  }
  return internalShape(context, value, identity, kind, shape)
}

/** Kinds that are told by what V8 keeps in them. */
function internalShape(context: Context, value: object, identity: Identity, kind: Kind, shape: Shape): Shape {
  const { className, tag, brief } = identity
  switch (kind) {
    case Kind.ArrayBuffer:
    case Kind.SharedArrayBuffer: {
      const prefix = prefixOf(className, tag, kind === Kind.ArrayBuffer ? 'ArrayBuffer' : 'SharedArrayBuffer')
      shape.open = `${prefix}{`
      shape.fields = ['byteLength']
      if (brief) shape.alone = `${prefix}{ ${formatBufferSize(context, value)} }`
      else shape.contents = () => formatBytes(context, value)
      return shape
    }
    case Kind.DataView:
      shape.open = `${prefixOf(className, tag, 'DataView')}{`
      shape.fields = VIEW_FIELDS
      return shape
    case Kind.Promise:
      shape.open = `${prefixOf(className, tag, 'Promise')}{`
      shape.contents = (inner) => formatPromise(context, value, inner)
      return shape
    case Kind.WeakSet:
    case Kind.WeakMap:
      shape.open = `${prefixOf(className, tag, kind === Kind.WeakSet ? 'WeakSet' : 'WeakMap')}{`
      shape.contents = (inner) => formatWeak(context, value, inner)
      return shape
    case Kind.ModuleNamespace: {
      const names = shape.keys
      shape.open = `${prefixOf(className, tag, 'Module')}{`
      shape.contents = (inner) => takeNamespaceKeys(context, value, inner, names)
      return shape
    }
    case Kind.NumberObject:
    case Kind.StringObject:
    case Kind.BooleanObject:
    case Kind.BigIntObject:
    case Kind.SymbolObject:
      shape.base = shape.alone = formatBoxed(context, value, kind, identity, shape.keys)
      return shape
  }
  const prefix = plainPrefix(value, className, tag)
  shape.open = `${prefix}{`
  shape.alone = `${prefix}{}`
  return shape
}
