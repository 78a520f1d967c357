import { types } from 'node:util'

const deepest = 8
const kinds = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const

/**
 * What a guest gets of an error of the host: name, message, `code` and other own properties that are plain text, numbers,
 * booleans or null, its cause and the errors it is made of. Objects on an error (requests, responses, whole
 * configurations) stay here: they are seldom meant for those who call. So do the frames of its stack.
 */
export function forGuest(error: unknown, depth = 0): unknown {
  if (!isError(error)) return error
  if (depth === deepest) return undefined
  const copy = new (kinds.find((kind) => error instanceof kind || error.name === kind.name) ?? Error)(
    String(error.message),
  )
  const name = String(error.name)
  define(copy, 'name', name)
  define(copy, 'stack', copy.message === '' ? name : `${name}: ${copy.message}`)
  if (Object.hasOwn(error, 'cause')) define(copy, 'cause', part(error.cause, depth))
  const { errors } = error as Partial<AggregateError>
  if (Array.isArray(errors)) {
    define(
      copy,
      'errors',
      errors.map((each) => part(each, depth)),
    )
  }
  for (const [key, value] of Object.entries(error)) {
    if (Object.hasOwn(copy, key) || !isPlain(value)) continue
    Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true })
  }
  return copy
}

/** Also of another realm: what code in a `vm` context throws, and Node's own code where this package is in one (jest). */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}

function part(value: unknown, depth: number): unknown {
  if (isError(value)) return forGuest(value, depth + 1)
  return isPlain(value) ? value : undefined
}

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'bigint', 'undefined'].includes(typeof value)
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true })
}
