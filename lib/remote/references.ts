import { misuseError } from '../errors.js'

/** What the addon needs of a reference to put the value itself in its place. */
interface Referred {
  readonly isolate: number
  readonly number: number
  disposed: boolean
}

const references = new WeakMap<object, Referred>()

export function addReference(reference: object, isolate: number, number: number): void {
  references.set(reference, { isolate, number, disposed: false })
}

export function disposeReference(reference: object): void {
  const referred = references.get(reference)
  if (referred !== undefined) referred.disposed = true
}

/** The number of a reference on its way to an isolate; undefined for anything else. */
export function referenceNumber(value: object, isolate: number): number | undefined {
  const referred = references.get(value)
  if (referred === undefined) return undefined
  if (referred.disposed) throw misuseError('The reference is disposed of', 'ERR_INVALID_REFERENCE')
  if (referred.isolate !== isolate) {
    throw misuseError('A reference to a value of one isolate cannot be given to another', 'ERR_INVALID_REFERENCE')
  }
  return referred.number
}
