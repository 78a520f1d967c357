import {
  Error,
  endsWith,
  errorToString,
  exec,
  find,
  has,
  hasInstance,
  hasOwn,
  includes,
  indexOf,
  isArray,
  join,
  objectToString,
  pop,
  push,
  remove,
  repeat,
  String,
  slice,
  startsWith,
} from '../builtins.js'
import { dialect } from '../dialect.js'
import { Kind, native } from '../native.js'
import type { Context } from './context.js'
import { shortenFrames } from './frames.js'
import { indentLines, splitLines } from './lines.js'
import { prefixOf } from './names.js'
import type { Identity } from './shape.js'
import { formatValue } from './value.js'

type Fields = Readonly<Record<string, unknown>>

/** The stack, or what there is of it, headed by the real class; takes what it shows out of `keys`. */
export function formatError(context: Context, error: object, identity: Identity, keys: PropertyKey[]): string {
  let stack: string
  try {
    stack = stackOf(context, error)
  } catch {
    return objectToString(error)
  }
  const message = read(error, 'message')
  const name = read(error, 'name')
  if (!context.showHidden) {
    hideKey(keys, 'stack', undefined, stack)
    hideKey(keys, 'message', message, stack)
    hideKey(keys, 'name', name, stack)
  }
  if (dialect.plainErrors ? 'cause' in error : hasOwn(error, 'cause')) addKey(keys, 'cause')
  const errors = read(error, 'errors')
  if (errors !== undefined && isArray(errors.value) && (dialect.plainErrors || hasOwn(error, 'errors'))) {
    addKey(keys, 'errors')
  }
  stack = headWithClass(stack, name?.value ?? 'Error', identity)
  return indentLines(withFrames(context, error, stack, message?.value), repeat(' ', context.indentation))
}

/** A property's value in an object, or undefined where a getter throws. */
function read(error: object, key: string): { readonly value: unknown } | undefined {
  try {
    return { value: (error as Fields)[key] }
  } catch {
    return undefined
  }
}

function addKey(keys: PropertyKey[], key: string): void {
  if (!includes(keys, key)) push(keys, key)
}

/** An own property that the stack shows already is not shown again. */
function hideKey(
  keys: PropertyKey[],
  key: string,
  property: { readonly value: unknown } | undefined,
  stack: string,
): void {
  const index = indexOf(keys, key)
  if (index === -1) return
  if (key !== 'stack') {
    if (property === undefined) return
    const { value } = property
    const isText = typeof value === 'string' || dialect.plainErrors
    if (isText && !has(stack, String(value))) return
  }
  remove(keys, index, 1)
}

export function stackOf(context: Context, error: object): string {
  const stack = read(error, 'stack')?.value
  if (!stack) return errorToString(error)
  if (typeof stack === 'string') return stack
  if (dialect.plainErrors) return String(stack)
  push(context.seen, error)
  context.indentation += 4
  const text = formatValue(context, stack, 0)
  context.indentation -= 4
  pop(context.seen)
  return `${errorToString(error)}\n    ${text}`
}

/** The stack begins with the error's `name`; where that hides the class, the class is put there as well. */
function headWithClass(stack: string, name: unknown, { className, tag }: Identity): string {
  let text = stack
  const shownName = String(name)
  if (typeof name !== 'string' && !dialect.plainErrors) {
    const at = find(text, shownName)
    const prefix = slice(prefixOf(className, tag, 'Error'), 0, -1)
    if (at !== -1) text = `${slice(text, 0, at)}${shownName} [${prefix}]${slice(text, at + shownName.length)}`
  }
  let length = shownName.length
  let fallback = 'Error'
  if (className === null) {
    const head = exec(/^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n {4}at)/, text) ?? exec(/^([a-z_A-Z0-9-]*Error)$/, text)
    const found = head?.[1] ?? ''
    length = found.length
    fallback = found || 'Error'
  } else if (!endsWith(shownName, 'Error') || !startsWith(text, shownName) || !isHeadEnd(text[length])) {
    return text
  }
  const prefix = slice(prefixOf(className, tag, fallback), 0, -1)
  if (shownName === prefix) return text
  if (!has(prefix, shownName)) return `${prefix} [${shownName}]${slice(text, length)}`
  return length === 0 ? `${prefix}: ${text}` : `${prefix}${slice(text, length)}`
}

function isHeadEnd(char: string | undefined): boolean {
  return char === undefined || char === ':' || char === '\n'
}

/** Errors without stack frames are put in brackets; repeated frames of others are left out. */
function withFrames(context: Context, error: object, stack: string, message: unknown): string {
  const at = typeof message === 'string' && message !== '' ? find(stack, message) : -1
  const start = find(stack, '\n    at', at > 0 ? at + (message as string).length : 0)
  if (start === -1) return `[${stack}]`
  const frames = splitLines(slice(stack, start + 1))
  const cause = read(error, 'cause')?.value
  const causeFrames = isError(cause) ? framesOf(context, cause) : []
  return `${slice(stack, 0, start)}\n${join(shortenFrames(context, frames, causeFrames), '\n')}`
}

function framesOf(context: Context, error: object): string[] {
  const stack = stackOf(context, error)
  const start = find(stack, '\n    at')
  return start === -1 ? [] : splitLines(slice(stack, start + 1))
}

export function isError(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const kind = native.kind(value)
  return kind === Kind.Error || (kind !== Kind.Proxy && hasInstance(Error, value))
}

export function isStackOverflow(error: unknown): boolean {
  if (!isError(error)) return false
  const { name, message } = error as Fields
  return name === 'RangeError' && message === 'Maximum call stack size exceeded'
}
