import { DOMException } from './exception.js'
import { native } from './library.js'

function makeError(message: string): unknown {
  return new DOMException(message, 'DataCloneError')
}

export function structuredClone(...args: unknown[]): unknown {
  if (args.length === 0) throw new TypeError("The 'value' argument must be specified")
  const [value, options] = args
  if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
    throw new TypeError("The 'options' argument must be an object")
  }
  const transfer = (options as { transfer?: Iterable<unknown> } | null | undefined)?.transfer
  return native.structuredClone(value, transfer === undefined ? undefined : [...transfer], makeError)
}
