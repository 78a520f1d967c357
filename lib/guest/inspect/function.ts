import {
  charCodeAt,
  exec,
  find,
  functionToString,
  getPrototypeOf,
  has,
  hasOwn,
  slice,
  startsWith,
} from '../builtins.js'
import { Kind } from '../native.js'
import type { Context } from './context.js'
import type { Identity } from './shape.js'
import { formatValue } from './value.js'

type Named = { name?: unknown }

/** `[Function: name]`, `[class Name extends Base]` and the like. */
export function formatFunction(context: Context, value: object, kind: Kind, identity: Identity): string {
  if (isClass(functionToString(value))) return formatClass(value, identity)
  const { className, tag } = identity
  const type = typeOf(kind)
  const { name } = value as Named
  let text = `[${type}`
  if (className === null) text += ' (null prototype)'
  if (name === '') text += ' (anonymous)'
  else text += `: ${typeof name === 'string' ? name : formatValue(context, name, 0)}`
  text += ']'
  if (className !== null && className !== type) text += ` ${className}`
  return tag !== '' && tag !== className ? `${text} [${tag}]` : text
}

function formatClass(value: object, { className, tag }: Identity): string {
  const name = hasOwn(value, 'name') ? (value as Named).name : ''
  let text = `class ${name || '(anonymous)'}`
  if (className !== null && className !== 'Function') text += ` [${className}]`
  if (tag !== '' && tag !== className) text += ` [${tag}]`
  if (className === null) return `[${text} extends [null prototype]]`
  const base = (getPrototypeOf(value) as Named).name
  return base ? `[${text} extends ${base}]` : `[${text}]`
}

function typeOf(kind: Kind): string {
  switch (kind) {
    case Kind.AsyncFunction:
      return 'AsyncFunction'
    case Kind.GeneratorFunction:
      return 'GeneratorFunction'
    case Kind.AsyncGeneratorFunction:
      return 'AsyncGeneratorFunction'
    default:
      return 'Function'
  }
}

/** Told from the source: `class`, and no parameter list before the first brace. */
function isClass(source: string): boolean {
  if (!startsWith(source, 'class') || source[source.length - 1] !== '}') return false
  const body = slice(source, 5, -1)
  const brace = find(body, '{')
  if (brace === -1) return false
  return !has(slice(body, 0, brace), '(') || exec(/^\s+[^(]*?\s*{/, withoutComments(body)) !== null
}

function withoutComments(source: string): string {
  let result = ''
  let start = 0
  for (let at = find(source, '/'); at !== -1; at = find(source, '/', at)) {
    const mark = charCodeAt(source, at + 1)
    const close = mark === 0x2f ? '\n' : mark === 0x2a ? '*/' : ''
    const end = close === '' ? -1 : find(source, close, at + 2)
    if (end === -1) {
      at++
      continue
    }
    result += slice(source, start, at)
    at = start = end + close.length
  }
  return result + slice(source, start)
}
