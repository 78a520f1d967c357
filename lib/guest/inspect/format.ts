import {
  charCodeAt,
  find,
  getPrototypeOf,
  hasOwn,
  Number,
  parseFloat,
  parseInt,
  String,
  slice,
  stringify,
  toPrimitive,
} from '../builtins.js'
import { Kind, native } from '../native.js'
import type { InspectOptions } from './context.js'
import { inspect } from './index.js'
import { isBuiltinPrototype } from './names.js'
import { bigintText, numberText } from './primitive.js'

/** The arguments of a console method as one text; `%` directives in a leading string take the ones after it. */
export function format(args: readonly unknown[]): string {
  const first = args[0]
  if (typeof first !== 'string') return append('', args, 0)
  if (args.length === 1) return first
  let text = ''
  let kept = 0
  let used = 0
  for (let i = 0; i < first.length - 1; i++) {
    if (charCodeAt(first, i) !== 0x25) continue
    const directive = first[++i]
    if (directive === '%') {
      text += slice(first, kept, i)
      kept = i + 1
      continue
    }
    if (used + 1 === args.length) continue
    const replacement = formatArgument(directive as string, args[used + 1])
    if (replacement === undefined) continue
    used++
    text += slice(first, kept, i - 1) + replacement
    kept = i + 1
  }
  return append(text + slice(first, kept), args, used + 1)
}

/** The arguments that no directive takes follow, strings as they are. */
function append(text: string, args: readonly unknown[], from: number): string {
  let result = text
  for (let i = from; i < args.length; i++) {
    const value = args[i]
    if (i > 0) result += ' '
    result += typeof value === 'string' ? value : inspect(value)
  }
  return result
}

function formatArgument(directive: string, value: unknown): string | undefined {
  switch (directive) {
    case 's':
      return formatText(value)
    case 'd':
      return formatNumber(value, Number)
    case 'i':
      return formatNumber(value, parseInt as (value: unknown) => number)
    case 'f':
      return typeof value === 'symbol' ? 'NaN' : numberText(parseFloat(value as string), false)
    case 'j':
      return formatJson(value)
    case 'o':
      return inspect(value, { showHidden: true, showProxy: true, depth: 4 } satisfies InspectOptions)
    case 'O':
      return inspect(value)
    case 'c':
      return ''
    default:
      return undefined
  }
}

function formatText(value: unknown): string {
  if (typeof value === 'number') return numberText(value, false)
  if (typeof value === 'bigint') return bigintText(value, false)
  if (typeof value !== 'object' || value === null || !hasBuiltinText(value)) return String(value)
  return inspect(value, { depth: 0 })
}

function formatNumber(value: unknown, convert: (value: unknown) => number): string {
  if (typeof value === 'bigint') return bigintText(value, false)
  return typeof value === 'symbol' ? 'NaN' : numberText(convert(value), false)
}

function formatJson(value: unknown): string {
  try {
    // Undefined for what JSON does not have.
    return `${stringify(value)}`
  } catch (error) {
    const { name, message } = error as { name?: unknown; message?: unknown }
    const isCircular = typeof message === 'string' && find(message, 'Converting circular structure to JSON') === 0
    if (name === 'TypeError' && isCircular) return '[Circular]'
    throw error
  }
}

type Convertible = { toString?: unknown; [toPrimitive]?: unknown }

/** False for an object that says itself, or by a class that is not the language's, how it becomes a string. */
function hasBuiltinText(value: object): boolean {
  let object = value
  while (native.kind(object) === Kind.Proxy) {
    const target = native.proxyDetails(object)[0]
    if (target === null) return true
    object = target
  }
  const hasText = typeof (object as Convertible).toString === 'function'
  const hasPrimitive = typeof (object as Convertible)[toPrimitive] === 'function'
  if (!hasText && !hasPrimitive) return true
  let owner = object
  while (!(hasText && hasOwn(owner, 'toString')) && !(hasPrimitive && hasOwn(owner, toPrimitive))) {
    owner = getPrototypeOf(owner) as object
  }
  return owner !== object && isBuiltinPrototype(owner)
}
