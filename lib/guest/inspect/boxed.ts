import { bigintValue, booleanValue, numberValue, remove, stringValue, symbolValue, toLowerCase } from '../builtins.js'
import { Kind } from '../native.js'
import type { Context } from './context.js'
import { formatPrimitive } from './primitive.js'
import type { Identity } from './shape.js'
import { noColor, type Style } from './style.js'

/** `[Number: 3]` and the like; a string's characters are taken out of `keys`. */
export function formatBoxed(
  context: Context,
  value: object,
  kind: Kind,
  { className, tag }: Identity,
  keys: PropertyKey[],
): string {
  const boxed = open(value, kind)
  if (typeof boxed[1] === 'string') remove(keys, 0, boxed[1].length)
  const type = boxed[0]
  let base = `[${type}`
  if (className === null) base += ' (null prototype)'
  else if (className !== type) base += ` (${className})`
  base += `: ${formatPrimitive(context, boxed[1], noColor)}]`
  if (tag !== '' && tag !== className) base += ` [${tag}]`
  return keys.length === 0 ? context.stylize(base, toLowerCase(type) as Style) : base
}

function open(value: object, kind: Kind): readonly [type: string, primitive: unknown] {
  switch (kind) {
    case Kind.NumberObject:
      return ['Number', numberValue(value)]
    case Kind.StringObject:
      return ['String', stringValue(value)]
    case Kind.BooleanObject:
      return ['Boolean', booleanValue(value)]
    case Kind.BigIntObject:
      return ['BigInt', bigintValue(value)]
    default:
      return ['Symbol', symbolValue(value)]
  }
}
