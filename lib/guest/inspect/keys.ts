import {
  create,
  findLast,
  getOwnPropertyNames,
  getOwnPropertySymbols,
  isEnumerable,
  keys,
  push,
  slice,
} from '../builtins.js'
import { native } from '../native.js'
import type { Context } from './context.js'
import { formatProperty } from './property.js'

/** The own keys to show: all of them with `showHidden`, else the enumerable ones. */
export function keysOf(context: Context, value: object): PropertyKey[] {
  const found: PropertyKey[] = context.showHidden ? getOwnPropertyNames(value) : enumerableNames(value)
  const symbols = getOwnPropertySymbols(value)
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] as symbol
    if (context.showHidden || isEnumerable(value, symbol)) push(found, symbol)
  }
  return found
}

function enumerableNames(value: object): PropertyKey[] {
  try {
    return keys(value)
  } catch {
    // The namespace of a module that has not run: its names are there, its values are not.
    return getOwnPropertyNames(value)
  }
}

export function nonIndexKeys(context: Context, value: object): PropertyKey[] {
  return native.ownNonIndexKeys(value, !context.showHidden)
}

/** Formats the exports of a module and empties `names`, so that they are not formatted again as properties. */
export function takeNamespaceKeys(context: Context, module: object, level: number, names: PropertyKey[]): string[] {
  const parts: string[] = []
  for (let i = 0; i < names.length; i++) push(parts, formatExport(context, module, names[i] as PropertyKey, level))
  names.length = 0
  return parts
}

function formatExport(context: Context, module: object, name: PropertyKey, level: number): string {
  try {
    return formatProperty(context, module, name, level, 'property')
  } catch {
    // Not initialised: an empty string is put in its place and then taken off the end again.
    const stand = create(null) as Record<PropertyKey, string>
    stand[name] = ''
    const text = formatProperty(context, stand, name, level, 'property')
    return slice(text, 0, findLast(text, ' ') + 1) + context.stylize('<uninitialized>', 'special')
  }
}
