import { Result } from './native.js'
import { optionChecks } from './options.js'
import type { RemoteReference } from './reference.js'
import type { Invoke, InvokeOptions, RemoteOptions } from './remote/invoke.js'
import { scripts } from './remote/scripts.js'
import { checkOptions } from './shared/options.js'

/** What a call of a function in another isolate gives; what it streams can be iterated over at once. */
export type RemoteResult<R> = Promise<Awaited<R>> &
  (Awaited<R> extends AsyncIterable<infer T> | Generator<infer T> ? AsyncIterable<T> : unknown)

/**
 * A function of a module in another isolate. Arguments and results are copies; a promise is awaited, and an asynchronous
 * iterable or a generator is a RemoteStream.
 */
export interface RemoteFunction<A extends unknown[] = unknown[], R = unknown> {
  (...args: A): RemoteResult<R>
  /**
   * The same function with limits for its calls.
   *
   * @example
   * ```ts
   * await module.render.withOptions({ timeout: 100 })(page)
   * ```
   */
  withOptions(options: InvokeOptions): (...args: A) => RemoteResult<R>
}

/**
 * A module of another isolate: its functions are asynchronous here, its other exports are copies as of the import. What cannot
 * be copied throws a NotShareableError when it is read; `isolate.ref()` reaches it.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a module exports is known to its caller alone
export type RemoteModule<M = Record<string, any>> = {
  readonly [Name in keyof M]: M[Name] extends (...args: infer A) => infer R ? RemoteFunction<A, R> : M[Name]
}

/** Runs in the guest. */
export const importThere = (specifier: string): Promise<object> => import(specifier)

/** Makes what stands for a module here, of a reference to it. */
export async function remoteModule(
  namespace: RemoteReference,
  invoke: Invoke,
  options: RemoteOptions,
): Promise<RemoteModule> {
  const names = (await invoke(scripts.names, [namespace], options, Result.Copy)) as [name: string, type: string][]
  const module: PropertyDescriptorMap = {}
  await Promise.all(
    names.map(async ([name, type]) => {
      module[name] =
        type === 'function'
          ? { value: remoteFunction(namespace, name, invoke), enumerable: true }
          : { ...(await read(namespace, name, invoke, options)), enumerable: true }
    }),
  )
  return Object.freeze(Object.create(null, { ...module, [Symbol.toStringTag]: { value: 'RemoteModule' } }))
}

async function read(
  namespace: RemoteReference,
  name: string,
  invoke: Invoke,
  options: RemoteOptions,
): Promise<PropertyDescriptor> {
  try {
    return { value: await invoke(scripts.get, [namespace, name], options, Result.Copy) }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_NOT_SHAREABLE') throw error
    return {
      get() {
        throw error
      },
    }
  }
}

function remoteFunction(namespace: RemoteReference, name: string, invoke: Invoke): RemoteFunction {
  const limited =
    (options: InvokeOptions) =>
    (...args: unknown[]) =>
      iterable(invoke(scripts.callExport, [namespace, name, args], options, Result.Stream))
  const withOptions = (options: InvokeOptions): ((...args: unknown[]) => RemoteResult<unknown>) =>
    limited(checkOptions(options, optionChecks.construct))
  const remote = Object.assign(limited({}), { withOptions })
  Object.defineProperty(remote, 'name', { value: name, configurable: true })
  return remote as RemoteFunction
}

/** So that `for await` needs no second `await`. */
function iterable(promise: Promise<unknown>): RemoteResult<unknown> {
  const iterate = async function* (): AsyncGenerator {
    yield* (await promise) as AsyncIterable<unknown>
  }
  return Object.assign(promise, { [Symbol.asyncIterator]: iterate })
}
