/** The source of a function, made by `makeFunction`. */
export interface FunctionHandle {
  readonly brand: unique symbol
}

/**
 * The handles of functions that were called before: by the function itself, which costs nothing, and by its text, so
 * that the closures a loop makes are one function in the isolate.
 */
export class Functions {
  readonly #make: (source: string, filename: string) => FunctionHandle
  readonly #check: (fn: unknown) => string
  readonly #byFunction = new WeakMap<object, FunctionHandle>()
  readonly #byText = new Map<string, WeakRef<FunctionHandle>>()
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#byText.get(key)?.deref() === undefined) this.#byText.delete(key)
  })

  /** @param check Gives the text of a function, and throws for what cannot be called in an isolate. */
  constructor(make: (source: string, filename: string) => FunctionHandle, check: (fn: unknown) => string) {
    this.#make = make
    this.#check = check
  }

  /** Throws for what cannot be called in an isolate. */
  handle(fn: unknown, filename: string | undefined): FunctionHandle {
    if (filename !== undefined) return this.#fromText(this.#check(fn), filename)
    const known = this.#byFunction.get(fn as object)
    if (known !== undefined) return known
    const source = this.#check(fn)
    const handle = this.#fromText(source, `isolate:call/${(fn as { name: unknown }).name || 'anonymous'}`)
    this.#byFunction.set(fn as object, handle)
    return handle
  }

  #fromText(source: string, filename: string): FunctionHandle {
    const key = `${filename}\n${source}`
    const known = this.#byText.get(key)?.deref()
    if (known !== undefined) return known
    const handle = this.#make(source, filename)
    this.#byText.set(key, new WeakRef(handle))
    this.#collected.register(handle, key)
    return handle
  }
}
