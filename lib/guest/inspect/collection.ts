import {
  getOwnPropertyDescriptor,
  keys as keysOfObject,
  mapEntries,
  mapSize,
  max,
  min,
  nextEntry,
  nextValue,
  push,
  setSize,
  setValues,
  sort,
} from '../builtins.js'
import { native } from '../native.js'
import type { Context } from './context.js'
import { layOut } from './layout.js'
import { remainder } from './primitive.js'
import { formatProperty } from './property.js'
import type { Shape } from './shape.js'
import { formatValue } from './value.js'

/** How many of `length` entries are shown. */
function limit(context: Context, length: number): number {
  return min(max(0, context.maxArrayLength), length)
}

export function formatArray(context: Context, list: readonly unknown[], level: number): string[] {
  const { length } = list
  const shown = limit(context, length)
  const parts: string[] = []
  for (let i = 0; i < shown; i++) {
    const descriptor = getOwnPropertyDescriptor(list, i)
    if (descriptor === undefined) return formatHoles(context, list, level, shown, parts)
    push(parts, formatProperty(context, list, i, level, 'element', descriptor))
  }
  if (length > shown) push(parts, remainder(length - shown))
  return parts
}

/** Goes on behind the first hole; each run of holes counts as one entry. */
function formatHoles(
  context: Context,
  list: readonly unknown[],
  level: number,
  shown: number,
  parts: string[],
): string[] {
  const keys = keysOfObject(list)
  let index = parts.length
  for (let i = index; i < keys.length && parts.length < shown; i++) {
    const key = keys[i] as string
    const position = indexOfKey(key)
    if (position === -1) break
    if (position !== index) {
      push(parts, context.stylize(holes(position - index), 'undefined'))
      index = position
      if (parts.length === shown) break
    }
    push(parts, formatProperty(context, list, key, level, 'element'))
    index++
  }
  const rest = list.length - index
  if (rest > 0) push(parts, parts.length === shown ? remainder(rest) : context.stylize(holes(rest), 'undefined'))
  return parts
}

function holes(count: number): string {
  return `<${count} empty item${count > 1 ? 's' : ''}>`
}

/** The array index that a key is, or -1. */
function indexOfKey(key: string): number {
  const index = +key
  return index >= 0 && index <= 2 ** 32 - 2 && `${index >>> 0}` === key ? index : -1
}

export function formatSet(context: Context, value: object, level: number): string[] {
  const size = setSize(value)
  const shown = limit(context, size)
  const parts: string[] = []
  const entries = setValues(value)
  context.indentation += 2
  for (let i = 0; i < shown; i++) push(parts, formatValue(context, nextValue(entries).value, level))
  if (size > shown) push(parts, remainder(size - shown))
  context.indentation -= 2
  return parts
}

export function formatMap(context: Context, value: object, level: number): string[] {
  const size = mapSize(value)
  const shown = limit(context, size)
  const parts: string[] = []
  const entries = mapEntries(value)
  context.indentation += 2
  for (let i = 0; i < shown; i++) {
    const entry = nextEntry(entries).value as [unknown, unknown]
    push(parts, formatPair(context, entry[0], entry[1], level))
  }
  if (size > shown) push(parts, remainder(size - shown))
  context.indentation -= 2
  return parts
}

function formatPair(context: Context, key: unknown, value: unknown, level: number): string {
  const left = formatValue(context, key, level)
  return `${left} => ${formatValue(context, value, level)}`
}

/** What an iterator has left; the name of its kind, known only now, becomes the opening of `shape`. */
export function formatIterator(
  context: Context,
  value: object,
  level: number,
  shape: Shape,
  kind: 'Map' | 'Set',
  tag: string,
): string[] {
  const preview = native.previewEntries(value)
  const isPairs = preview[1]
  const ownName = `${kind} Iterator`
  const shownName = isPairs ? `${kind} Entries` : ownName
  shape.open = tag === '' || tag === ownName ? `[${shownName}] {` : `[${tag}] [${shownName}] {`
  return isPairs ? formatPairs(context, preview[0], level) : formatEntries(context, preview[0], level)
}

function formatEntries(context: Context, entries: readonly unknown[], level: number): string[] {
  const shown = limit(context, entries.length)
  const parts: string[] = []
  context.indentation += 2
  for (let i = 0; i < shown; i++) push(parts, formatValue(context, entries[i], level))
  context.indentation -= 2
  if (entries.length > shown) push(parts, remainder(entries.length - shown))
  return parts
}

function formatPairs(context: Context, entries: readonly unknown[], level: number): string[] {
  const count = entries.length / 2
  const shown = limit(context, count)
  const parts: string[] = []
  context.indentation += 2
  for (let i = 0; i < shown; i++) {
    const key = formatValue(context, entries[2 * i], level)
    const pair = [key, formatValue(context, entries[2 * i + 1], level)]
    push(parts, layOut(context, { parts: pair, base: '', open: '[', close: ']', isList: true, level }))
  }
  context.indentation -= 2
  if (count > shown) push(parts, remainder(count - shown))
  return parts
}

/** The entries of a weak collection, which have no order: they are sorted by their text. */
export function formatWeak(context: Context, value: object, level: number): string[] {
  if (!context.showHidden) return [context.stylize('<items unknown>', 'special')]
  const preview = native.previewEntries(value)
  const entries = preview[0]
  const step = preview[1] ? 2 : 1
  const count = entries.length / step
  const shown = limit(context, count)
  const parts: string[] = []
  context.indentation += 2
  for (let i = 0; i < shown; i++) {
    const text = preview[1]
      ? formatPair(context, entries[2 * i], entries[2 * i + 1], level)
      : formatValue(context, entries[i], level)
    push(parts, text)
  }
  context.indentation -= 2
  if (context.sorted === false) sort(parts)
  if (count > shown) push(parts, remainder(count - shown))
  return parts
}

export function formatPromise(context: Context, value: object, level: number): string[] {
  const details = native.promiseState(value)
  if (details[0] === 0) return [context.stylize('<pending>', 'special')]
  context.indentation += 2
  const text = formatValue(context, details[1], level)
  context.indentation -= 2
  return [details[0] === 2 ? `${context.stylize('<rejected>', 'special')} ${text}` : text]
}
