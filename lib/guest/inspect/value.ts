import { apply, customInspect, hasInstance, includes, indexOf, Object, push, repeat } from '../builtins.js'
import { dialect } from '../dialect.js'
import { Kind, native } from '../native.js'
import { type Context, isTooDeep, optionsForUser, ownValue } from './context.js'
import { inspect } from './index.js'
import { layOut } from './layout.js'
import { indentLines } from './lines.js'
import { formatObject } from './object.js'
import { formatPrimitive } from './primitive.js'

/**
 * Any value as text. Lines after the first are indented by `context.indentation`, which the caller moves.
 *
 * `brief` is for a buffer inside the description of a view on it: its bytes are left out.
 */
export function formatValue(context: Context, value: unknown, level: number, brief = false): string {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) {
    return formatReference(context, value, level, brief)
  }
  return value === null ? context.stylize('null', 'null') : formatPrimitive(context, value)
}

/** A value by itself, as if nothing had been formatted before; used for prototypes. */
export function formatAlone(context: Context, value: object): string {
  return formatValue(
    {
      ...context,
      customInspect: false,
      depth: -1,
      indentation: 0,
      currentDepth: 0,
      seen: [],
      circular: [],
      written: [],
    },
    value,
    0,
  )
}

function formatReference(context: Context, value: object, level: number, brief: boolean): string {
  const { stylize } = context
  let target = value
  let wraps = 0
  // Only the target is looked at, so no trap of a proxy is ever run.
  for (let kind = native.kind(target); kind === Kind.Proxy; kind = native.kind(target)) {
    const details = native.proxyDetails(target)
    const inner = details[0]
    if (inner === null) return wrap(context, stylize('<Revoked Proxy>', 'special'), wraps)
    if (context.showProxy) return formatProxy(context, inner, details[1], level)
    target = inner
    wraps++
  }
  const custom = context.customInspect ? formatCustom(context, value, target, level) : undefined
  if (custom !== undefined) return custom
  if (includes(context.seen, target)) return stylize(`[Circular *${referenceTo(context, target)}]`, 'special')
  return wrap(context, formatObject(context, target, level, brief), wraps)
}

function wrap(context: Context, text: string, times: number): string {
  if (dialect.bareProxies) return text
  let wrapped = text
  for (let i = 0; i < times; i++) {
    wrapped = `${context.stylize('Proxy(', 'special')}${wrapped}${context.stylize(')', 'special')}`
  }
  return wrapped
}

function formatProxy(context: Context, target: object, handler: object | null, level: number): string {
  if (isTooDeep(context, level)) return context.stylize('Proxy [Array]', 'special')
  context.indentation += 2
  const parts = [formatValue(context, target, level + 1), formatValue(context, handler, level + 1)]
  context.indentation -= 2
  return layOut(context, { parts, base: '', open: 'Proxy [', close: ']', isList: true, level: level + 1 })
}

/** What the value's own inspect function makes of it, or undefined where it has none or it returns the value. */
function formatCustom(context: Context, value: object, target: object, level: number): string | undefined {
  const custom = (target as Record<symbol, unknown>)[customInspect]
  if (typeof custom !== 'function' || custom === inspect) return undefined
  // The prototype of a class with such a function is not an instance of it.
  const constructor = ownValue(target, 'constructor') as { prototype?: unknown } | undefined
  if (constructor?.prototype === target) return undefined
  const depth = context.depth === null ? null : context.depth - level
  const foreign = value !== target || !hasInstance(Object, value)
  const result: unknown = apply(custom, value, [depth, optionsForUser(context, foreign), inspect])
  if (result === value) return undefined
  return typeof result === 'string'
    ? indentLines(result, repeat(' ', context.indentation))
    : formatValue(context, result, level)
}

function referenceTo(context: Context, value: object): number {
  const index = indexOf(context.circular, value)
  return index === -1 ? push(context.circular, value) : index + 1
}
