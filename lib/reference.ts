import { inspect } from 'node:util'
import { invalidType } from './errors.js'
import { Result } from './native.js'
import { checkArguments, optionChecks } from './options.js'
import type { Invoke, InvokeOptions, RemoteOptions } from './remote/invoke.js'
import { addReference, disposeReference } from './remote/references.js'
import { scripts } from './remote/scripts.js'
import { native } from './runtime.js'
import { checkOptions } from './shared/options.js'

/** How a result of a reference's methods comes back. */
export interface ReferenceOptions extends RemoteOptions {
  /**
   * `'copy'`, or `'reference'` for one that stays in the isolate. A copy of an asynchronous iterable or a generator is a
   * RemoteStream. Default: `'copy'`.
   */
  result?: 'copy' | 'reference'
}

/** What `call()` of a reference takes. */
export interface ReferenceCallOptions extends ReferenceOptions {
  /** What the function has as `this`: copied, or the value itself of a reference. Default: undefined. */
  this?: unknown
  /** Buffers in the arguments that are moved instead of copied. */
  transfer?: ArrayBuffer[]
}

type ByReference = { result: 'reference' }

/** What `typeof` says in the isolate, in the order in which the addon counts. */
const types = ['undefined', 'function', 'boolean', 'number', 'bigint', 'string', 'symbol', 'object'] as const

/** Tells the isolate what nobody here refers to any more. */
const collected = new FinalizationRegistry<readonly [isolate: number, number: number]>(([isolate, number]) =>
  native.dropReference(isolate, number),
)

/**
 * A value that lives in an isolate: a function, an object, a class, anything. `isolate.ref()` makes one. Given to a call of
 * its own isolate as an argument, it arrives as the value itself.
 *
 * The isolate keeps the value until `dispose()` is called, the reference is collected here, or the isolate ends. The reference
 * keeps the isolate alive.
 *
 * @example
 * ```ts
 * using counter = await isolate.ref('({ count: 0, add(n) { return (this.count += n) } })')
 * using add = await counter.get('add', { result: 'reference' })
 * console.log(await add.call([5], { this: counter })) // 5
 * console.log(await counter.get('count')) // 5
 * ```
 */
export class RemoteReference<T = unknown> extends native.Handle implements Disposable {
  readonly #isolate: number
  readonly #number: number
  readonly #invoke: Invoke
  readonly #typeof: (typeof types)[number]
  #disposed = false
  /** Of the type of the value only. */
  declare readonly [type]?: T

  /** @internal */
  constructor(isolate: number, description: number, invoke: Invoke) {
    super()
    this.#isolate = isolate
    this.#number = Math.floor(description / types.length)
    this.#typeof = types[description % types.length] as (typeof types)[number]
    this.#invoke = invoke
    addReference(this, isolate, this.#number)
    collected.register(this, [isolate, this.#number], this)
  }

  /** The type of the value, as `typeof` tells it in the isolate. */
  get typeof(): (typeof types)[number] {
    return this.#typeof
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /**
   * A copy of the value; a promise is awaited.
   *
   * @throws NotShareableError for what cannot be copied; as `run` for the rest.
   */
  copy(options?: RemoteOptions): Promise<T> {
    return this.#ask(scripts.same, [this], checkOptions(options, optionChecks.remote)) as Promise<T>
  }

  /**
   * A property of the value; a promise is awaited.
   *
   * @throws NotShareableError for what cannot be copied; RemoteError for what a getter throws; as `run` for the rest.
   */
  get<V = unknown>(key: string | number, options: ReferenceOptions & ByReference): Promise<RemoteReference<V>>
  get<V = unknown>(key: string | number, options?: ReferenceOptions): Promise<V>
  get(key: string | number, options?: ReferenceOptions): Promise<unknown> {
    checkKey(key)
    return this.#ask(scripts.get, [this, key], checkOptions(options, optionChecks.reference))
  }

  /**
   * Sets a property of the value, to a copy or to what a reference refers to.
   *
   * @throws RemoteError where that cannot be set; as `run` for the rest.
   */
  async set(key: string | number, value: unknown, options?: RemoteOptions): Promise<void> {
    checkKey(key)
    await this.#ask(scripts.set, [this, key, value], checkOptions(options, optionChecks.remote))
  }

  /**
   * Calls the value, which is a function; a promise is awaited.
   *
   * @throws RemoteError what it throws; as `run` for the rest.
   */
  call<R = unknown>(args: readonly unknown[], options: ReferenceCallOptions & ByReference): Promise<RemoteReference<R>>
  call<R = unknown>(args?: readonly unknown[], options?: ReferenceCallOptions): Promise<R>
  call(args: readonly unknown[] = [], options?: ReferenceCallOptions): Promise<unknown> {
    checkArguments(args)
    const o = checkOptions(options, optionChecks.referenceCall)
    return this.#ask(scripts.call, [this, o.this, args], o, Result.Stream)
  }

  /**
   * A reference to a new object of the value, which is a class.
   *
   * @throws RemoteError what the constructor throws; as `run` for the rest.
   */
  construct<R = unknown>(
    args: readonly unknown[] = [],
    options?: Omit<ReferenceCallOptions, 'this' | 'result'>,
  ): Promise<RemoteReference<R>> {
    checkArguments(args)
    const o = checkOptions(options, optionChecks.construct)
    return this.#ask(scripts.construct, [this, args], { ...o, result: 'reference' }) as Promise<RemoteReference<R>>
  }

  /** Lets the isolate forget the value. A second time it does nothing. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    disposeReference(this)
    collected.unregister(this)
    native.dropReference(this.#isolate, this.#number)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  [inspect.custom](): string {
    return `RemoteReference { ${this.#disposed ? 'disposed' : this.#typeof} }`
  }

  async #ask(
    script: (...args: never[]) => unknown,
    args: unknown[],
    { result, ...options }: ReferenceOptions & InvokeOptions,
    copy: Result = Result.Copy,
  ): Promise<unknown> {
    if (result !== 'reference') return await this.#invoke(script, args, options, copy)
    const description = (await this.#invoke(script, args, options, Result.Reference)) as number
    return new RemoteReference(this.#isolate, description, this.#invoke)
  }
}

declare const type: unique symbol

function checkKey(key: unknown): void {
  if (typeof key !== 'string' && typeof key !== 'number') throw invalidType('key', 'a string or a number', key)
}
