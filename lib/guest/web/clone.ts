import { DOMException } from './exception.js'
import { native } from './library.js'
import { cloningOf } from './platform-object.js'

export interface Cloned {
  readonly copy: unknown
  /** What has been moved besides buffers: ports, in the order of the list. */
  readonly ports: readonly object[]
}

/** Copies a value; what is in the list goes over to the copy. @throws DOMException, and nothing has been moved. */
export function clone(value: unknown, transfer: readonly unknown[]): Cloned {
  const heirs = new Map<object, object>()
  const buffers: unknown[] = []
  for (const each of transfer) {
    const cloning = cloningOf(each)
    if (cloning?.heir === undefined) buffers.push(each)
    else if (heirs.has(each as object)) throw makeError('An object occurs in the transfer list twice')
    else heirs.set(each as object, cloning.heir(each as object))
  }
  const copy = native.structuredClone(
    value,
    buffers.length === 0 ? undefined : buffers,
    makeError,
    (object) => heirs.get(object) ?? cloningOf(object)?.copy?.(object),
  )
  for (const [object, heir] of heirs) cloningOf(object)?.move?.(object, heir)
  return { copy, ports: [...heirs.values()] }
}

function makeError(message: string): unknown {
  return new DOMException(message, 'DataCloneError')
}

/** The list of what is to be moved, as `structuredClone` and `postMessage` take it. */
export function transferOf(options: unknown): readonly unknown[] {
  if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
    throw new TypeError("The 'options' argument must be an object")
  }
  const transfer = (options as { transfer?: Iterable<unknown> } | null | undefined)?.transfer
  return transfer === undefined ? [] : [...transfer]
}

export function structuredClone(...args: unknown[]): unknown {
  if (args.length === 0) throw new TypeError("The 'value' argument must be specified")
  return clone(args[0], transferOf(args[1])).copy
}
