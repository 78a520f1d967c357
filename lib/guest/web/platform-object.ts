import { native } from './library.js'

/** What becomes of a platform's object in a structured clone. Without either it cannot be cloned. */
export interface Cloning<T extends object = object> {
  /** Another one that is equal. */
  copy?(object: T): object
  /** The new owner of what the object stands for, which gets it with `move`. @throws DOMException when it has none. */
  heir?(object: T): object
  move?(object: T, heir: object): void
}

const clonings = new WeakMap<object, Cloning>()

/**
 * Makes the object of a class that structured clones treat as one: it has no properties by which it could be copied. A
 * constructor returns it in place of `this`.
 */
export function makePlatformObject(newTarget: object, cloning: Cloning<never>): object {
  const object = Reflect.construct(native.PlatformObject, [], newTarget as new () => object)
  clonings.set(object, cloning as Cloning)
  return object
}

export function cloningOf(object: unknown): Cloning | undefined {
  return clonings.get(object as object)
}
