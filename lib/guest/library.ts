import { defineProperty, getOwnPropertyDescriptor, keys } from './builtins.js'
import type { GuestNative } from './native.js'
import { type Library, libraries } from './web/index.js'
import type { WebNative } from './web/native.js'

/**
 * What a library of the guest runtime is handed: a piece too big for the snapshot, in a file of its own, which is
 * read when somebody first asks for one of its globals. Unlike a part it uses the language's builtins as they are
 * then, as the packages in it do: a guest that breaks them breaks its own web platform.
 *
 * A module of `web/` that is a library itself is never bundled into another: scripts/build-guest.mjs binds its imports
 * to `use`, so that each class exists once.
 */
export interface LibraryHost {
  readonly native: WebNative
  /** What another library exports. */
  use(name: string): Record<string, unknown>
  /** Calls a function of `lib/web` in the host. */
  ask(method: string, args: readonly unknown[]): Promise<unknown>
}

interface Remote {
  call(service: string, method: string, args: readonly unknown[]): Promise<unknown>
}

/** Puts the globals of all libraries in place, unread. */
export function defineLibraries(native: GuestNative): void {
  const loaded = { __proto__: null } as unknown as Record<string, Record<string, unknown>>
  let origin: Record<string, string> | undefined
  let host: LibraryHost | undefined

  function use(name: string): Record<string, unknown> {
    host ??= { native: native.web(), use, ask }
    loaded[name] ??= named(native.runLibrary(name, host))
    return loaded[name]
  }

  function ask(method: string, args: readonly unknown[]): Promise<unknown> {
    return (native.part('remote') as Remote).call('web', method, args)
  }

  function make(name: string): unknown {
    origin ??= originOfGlobals()
    return use(origin[name] as string)[name]
  }

  const all = libraries()
  for (let i = 0; i < all.length; i++) {
    const { classes, functions, attributes } = all[i] as Library
    native.defineGlobals(classes, make, false)
    native.defineGlobals(functions, make, true)
    for (let j = 0; j < attributes.length; j++) defineAttribute(attributes[j] as string, make)
  }
  native.definePart('web', () => use, false)
  defineHandlers()
  defineProperty(globalThis, 'self', { ...plain, enumerable: true, value: globalThis })
}

/** Where a guest puts what is to be called with errors that are nobody's: native/engine/guest_handlers.cc looks there. */
function defineHandlers(): void {
  const names = ['onerror', 'onunhandledrejection', 'onrejectionhandled']
  for (let i = 0; i < names.length; i++) {
    defineProperty(globalThis, names[i] as string, { ...plain, enumerable: true, value: null })
  }
}

const plain = { writable: true, configurable: true } as const

/** Which library has the global of that name. */
function originOfGlobals(): Record<string, string> {
  const origin = { __proto__: null } as unknown as Record<string, string>
  const all = libraries()
  for (let i = 0; i < all.length; i++) {
    const { name, classes, functions, attributes } = all[i] as Library
    const lists = [classes, functions, attributes]
    for (let j = 0; j < lists.length; j++) {
      const list = lists[j] as readonly string[]
      for (let k = 0; k < list.length; k++) origin[list[k] as string] = name
    }
  }
  return origin
}

/** The bundle has made the names short. */
function named(exported: Record<string, unknown>): Record<string, unknown> {
  const names = keys(exported)
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string
    const value = exported[name]
    if (typeof value === 'function') defineProperty(value, 'name', { value: name, configurable: true })
  }
  return exported
}

/** An attribute of the global object, which by the standard is a getter; here it can be replaced like other globals. */
function defineAttribute(name: string, make: (name: string) => unknown): void {
  const accessor = {
    get [name](): unknown {
      return make(name)
    },
    set [name](value: unknown) {
      defineProperty(globalThis, name, { ...plain, enumerable: true, value })
    },
  }
  const descriptor = getOwnPropertyDescriptor(accessor, name) as PropertyDescriptor
  defineProperty(globalThis, name, { ...descriptor, enumerable: true, configurable: true })
}
