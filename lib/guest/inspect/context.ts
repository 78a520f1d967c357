import { getOwnPropertyDescriptor, hasOwn, keys, setPrototypeOf } from '../builtins.js'
import { noColor, paint, type Stylize } from './style.js'

/** The options of Node's `util.inspect`. */
export interface InspectOptions {
  showHidden?: boolean
  depth?: number | null
  colors?: boolean
  customInspect?: boolean
  showProxy?: boolean
  maxArrayLength?: number | null
  maxStringLength?: number | null
  breakLength?: number
  compact?: boolean | number
  sorted?: boolean | ((a: string, b: string) => number)
  getters?: boolean | 'get' | 'set'
  numericSeparator?: boolean
}

/** The options in force, and what one call of `inspect` has seen so far. */
export interface Context {
  stylize: Stylize
  showHidden: boolean
  depth: number | null
  colors: boolean
  customInspect: boolean
  showProxy: boolean
  maxArrayLength: number
  maxStringLength: number
  breakLength: number
  compact: boolean | number
  sorted: boolean | ((a: string, b: string) => number)
  getters: boolean | 'get' | 'set'
  numericSeparator: boolean
  /** What the caller passed, for custom inspect functions; set only when it holds options unknown here. */
  userOptions: object | undefined
  /** Columns that later lines of the text now being made are moved to the right. */
  indentation: number
  /** The depth of the object entered last, which is the innermost one when an object's text is put together. */
  currentDepth: number
  /** The objects being formatted, outermost first. */
  seen: object[]
  /** Objects that were met again inside themselves; `<ref *n>` is the place in this list. */
  circular: object[]
  /** Characters written at each indentation; a list without holes. */
  written: number[]
}

const optionNames: readonly (keyof InspectOptions)[] = [
  'showHidden', 'depth', 'colors', 'customInspect', 'showProxy', 'maxArrayLength', 'maxStringLength', 'breakLength',
  'compact', 'sorted', 'getters', 'numericSeparator',
] // biome-ignore format: one block of names

export function createContext(options?: InspectOptions | boolean): Context {
  const context: Context = {
    stylize: noColor,
    showHidden: false,
    depth: 2,
    colors: false,
    customInspect: true,
    showProxy: false,
    maxArrayLength: 100,
    maxStringLength: 10_000,
    breakLength: 80,
    compact: 3,
    sorted: false,
    getters: false,
    numericSeparator: false,
    userOptions: undefined,
    indentation: 0,
    currentDepth: 0,
    seen: [],
    circular: [],
    written: [],
  }
  if (typeof options === 'boolean') context.showHidden = options
  else if (options) applyOptions(context, options)
  if (context.colors) context.stylize = paint
  if (context.maxArrayLength === null) context.maxArrayLength = Infinity
  if (context.maxStringLength === null) context.maxStringLength = Infinity
  return context
}

function applyOptions(context: Context, options: InspectOptions): void {
  const names = keys(options)
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as keyof InspectOptions
    if (isOption(name)) (context as unknown as Record<string, unknown>)[name] = options[name]
    else context.userOptions ??= options
  }
}

function isOption(name: string): boolean {
  for (let i = 0; i < optionNames.length; i++) if (optionNames[i] === name) return true
  return name === 'stylize'
}

/** The options as a custom inspect function gets them; `foreign` keeps objects of this realm away from it. */
export function optionsForUser(context: Context, foreign: boolean): InspectOptions & { stylize: Stylize } {
  const options = { stylize: context.stylize } as InspectOptions & { stylize: Stylize }
  const target = options as unknown as Record<string, unknown>
  for (let i = 0; i < optionNames.length; i++) {
    const name = optionNames[i] as keyof InspectOptions
    target[name] = context[name]
  }
  const own = context.userOptions === undefined ? [] : keys(context.userOptions)
  for (let i = 0; i < own.length; i++) {
    const name = own[i] as string
    target[name] = (context.userOptions as Record<string, unknown>)[name]
  }
  return foreign ? withoutObjects(context, options) : options
}

function withoutObjects(context: Context, options: InspectOptions & { stylize: Stylize }): typeof options {
  const target = setPrototypeOf(options, null) as Record<string, unknown>
  const names = keys(target)
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string
    const value = target[name]
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') delete target[name]
  }
  const stylize: Stylize = (text, style) => {
    try {
      const styled: unknown = `${context.stylize(text, style)}`
      return styled as string
    } catch {
      return text
    }
  }
  target['stylize'] = setPrototypeOf(stylize, null)
  return options
}

export function isTooDeep(context: Context, level: number): boolean {
  return context.depth !== null && level > context.depth
}

/** The value of an own data property, or undefined; never runs a getter. */
export function ownValue(object: object, key: PropertyKey): unknown {
  const descriptor = getOwnPropertyDescriptor(object, key)
  return descriptor !== undefined && hasOwn(descriptor, 'value') ? descriptor.value : undefined
}
