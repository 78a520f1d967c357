import { apply, getOwnPropertyDescriptor, hasOwn, repeat, symbolToString } from '../builtins.js'
import { dialect } from '../dialect.js'
import type { Context } from './context.js'
import { escape, formatPrimitive, quote } from './primitive.js'
import { formatValue } from './value.js'
import { columns } from './width.js'

/** What a property is: an object's, an element of a list, or a named property of a list. */
export type PropertyRole = 'property' | 'element' | 'extra'

/**
 * One property as `key: value`, or as the bare value for an element. Getters are shown, not run, unless the options
 * ask for their values; they then see `receiver`.
 */
export function formatProperty(
  context: Context,
  object: object,
  key: PropertyKey,
  level: number,
  role: PropertyRole,
  descriptor: PropertyDescriptor = getOwnPropertyDescriptor(object, key) ?? inheritedValue(object, key),
  receiver: object = object,
): string {
  let separator = ' '
  let text: string
  // Each kind of descriptor has its own fields; the other kind's may come from a polluted `Object.prototype`.
  if (hasOwn(descriptor, 'get')) {
    text = formatAccessor(context, descriptor, receiver, level)
  } else {
    const shift = context.compact !== true || role !== 'property' ? 2 : 3
    context.indentation += shift
    text = formatValue(context, descriptor.value, level)
    if (shift === 3 && context.breakLength < columns(text, context.colors)) {
      separator = `\n${repeat(' ', context.indentation)}`
    }
    context.indentation -= shift
  }
  return role === 'element' ? text : `${formatKey(context, key, descriptor.enumerable === false)}:${separator}${text}`
}

function inheritedValue(object: object, key: PropertyKey): PropertyDescriptor {
  const { [key]: value } = object as Readonly<Record<PropertyKey, unknown>>
  return { value, enumerable: true }
}

function formatAccessor(context: Context, descriptor: PropertyDescriptor, receiver: object, level: number): string {
  const { stylize, getters } = context
  if (descriptor.get === undefined) {
    return descriptor.set === undefined ? stylize('undefined', 'undefined') : stylize('[Setter]', 'special')
  }
  const label = descriptor.set === undefined ? 'Getter' : 'Getter/Setter'
  const wanted = getters === true || getters === (descriptor.set === undefined ? 'get' : 'set')
  if (!wanted) return stylize(`[${label}]`, 'special')
  context.indentation += 2
  let text: string
  try {
    const value: unknown = apply(descriptor.get, receiver, [])
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      text = `${stylize(`[${label}]`, 'special')} ${formatValue(context, value, level)}`
    } else {
      const primitive = value === null ? stylize('null', 'null') : formatPrimitive(context, value)
      text = `${stylize(`[${label}:`, 'special')} ${primitive}${stylize(']', 'special')}`
    }
  } catch (error) {
    const problem = `<Inspection threw (${formatValue(context, error, level)})>`
    text = `${stylize(`[${label}:`, 'special')} ${problem}${stylize(']', 'special')}`
  }
  context.indentation -= 2
  return text
}

function formatKey(context: Context, key: PropertyKey, hidden: boolean): string {
  const { bracketedSymbolKeys: older } = dialect
  if (typeof key === 'symbol') {
    const name = context.stylize(escape(symbolToString(key)), 'symbol')
    return hidden || older ? `[${name}]` : name
  }
  const text = `${key}`
  // The versions that put symbols in brackets also leave the quotes off hidden keys.
  if (older && text === '__proto__') return "['__proto__']"
  if (older && hidden) return `[${escape(text)}]`
  const name = formatName(context, text)
  return hidden ? `[${name}]` : name
}

function formatName(context: Context, text: string): string {
  if (text === '__proto__') return "['__proto__']"
  return isIdentifier(text) ? context.stylize(text, 'name') : context.stylize(quote(text), 'string')
}

/** Letters, digits and underscores of ASCII, not starting with a digit. */
function isIdentifier(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    const isLetter = (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_'
    if (!isLetter && (i === 0 || char < '0' || char > '9')) return false
  }
  return text !== ''
}
