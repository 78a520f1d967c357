import type { RunOptions } from './options.js'

/** What `import()` and the calls of a module's functions take. */
export type ImportOptions = Pick<RunOptions, 'timeout' | 'signal'>
export type ExportCallOptions = Pick<RunOptions, 'timeout' | 'signal' | 'transfer'>

/** What a call of a function in another isolate gives: what it streams can be iterated at once. */
export type RemoteResult<R> = Promise<Awaited<R>> &
  (Awaited<R> extends AsyncIterable<infer T> ? AsyncIterable<T> : unknown)

/** A function of a module in another isolate. Arguments and results are copies; a promise is awaited. */
export interface RemoteFunction<A extends unknown[] = unknown[], R = unknown> {
  (...args: A): RemoteResult<R>
  /** The same function with limits for its calls. */
  withOptions(options: ExportCallOptions): (...args: A) => RemoteResult<R>
}

/**
 * A module of another isolate: its functions are asynchronous here, its other exports are copies as of the import. What cannot
 * be copied throws a NotShareableError when it is read.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a module exports is known to its caller alone
export type RemoteModule<M = Record<string, any>> = {
  readonly [Name in keyof M]: M[Name] extends (...args: infer A) => infer R ? RemoteFunction<A, R> : M[Name]
}

/** Calls a function of the host's in the isolate. */
export type CallThere = <A extends unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
  options?: ExportCallOptions,
) => Promise<unknown>

type Namespace = Record<string, unknown>

// These four run in the guest: they see nothing of what is around them.
/* node:coverage disable */
async function listExports(specifier: string): Promise<[functions: string[], others: string[]]> {
  const namespace: Namespace = await import(specifier)
  const functions: string[] = []
  const others: string[] = []
  for (const name of Object.getOwnPropertyNames(namespace)) {
    const list = typeof namespace[name] === 'function' ? functions : others
    list.push(name)
  }
  return [functions, others]
}

async function readExports(specifier: string, names: readonly string[]): Promise<unknown[]> {
  const namespace: Namespace = await import(specifier)
  return names.map((name) => namespace[name])
}

async function callExport(specifier: string, name: string, args: readonly unknown[]): Promise<unknown> {
  const namespace: Namespace = await import(specifier)
  return (namespace[name] as (...args: readonly unknown[]) => unknown)(...args)
}
/* node:coverage enable */

/** Imports a module in an isolate, and makes what stands for it here. */
export async function importRemotely(
  specifier: string,
  call: CallThere,
  options: ImportOptions,
): Promise<RemoteModule> {
  const [functions, others] = (await call(listExports, [specifier], options)) as [string[], string[]]
  const module: PropertyDescriptorMap = {}
  for (const name of functions) {
    module[name] = { value: remoteFunction(specifier, name, call), enumerable: true }
  }
  try {
    const values = (await call(readExports, [specifier, others], options)) as unknown[]
    for (const [index, name] of others.entries()) module[name] = { value: values[index], enumerable: true }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_NOT_SHAREABLE') throw error
    await Promise.all(
      others.map(async (name) => {
        module[name] = { ...(await readOne(specifier, name, call, options)), enumerable: true }
      }),
    )
  }
  return Object.freeze(Object.create(null, { ...module, [Symbol.toStringTag]: { value: 'RemoteModule' } }))
}

async function readOne(
  specifier: string,
  name: string,
  call: CallThere,
  options: ImportOptions,
): Promise<PropertyDescriptor> {
  try {
    const [value] = (await call(readExports, [specifier, [name]], options)) as unknown[]
    return { value }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_NOT_SHAREABLE') throw error
    return {
      get() {
        throw error
      },
    }
  }
}

function remoteFunction(specifier: string, name: string, call: CallThere): RemoteFunction {
  const withOptions =
    (options?: ExportCallOptions) =>
    (...args: unknown[]) =>
      iterable(call(callExport, [specifier, name, args], options))
  const remote = Object.assign(withOptions(), { withOptions })
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
