import { type CloseReason, invalidType, misuseError, outOfRange } from '../errors.js'
import { closedError, Failure } from '../failure.js'
import { Functions } from '../functions.js'
import { figuresOf } from '../shared/figures.js'
import { natives } from '../shared/natives.js'
import { type AbortSignalLike, checkOptions } from '../shared/options.js'
import { checkArguments, checkSource, functionSource, globalsObject, isIdentifier } from '../shared/requests.js'
import {
  defineProperty,
  deref,
  freeze,
  makeMap,
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  Promise,
  push,
  WeakRef,
} from './builtins.js'
import { type ConsoleEntry, children, limitError, memoryError, print, type Residence, residences } from './children.js'
import {
  callChecks,
  callSyncChecks,
  type IsolateOptions,
  isolateChecks,
  type RunOptions,
  runChecks,
  runSyncChecks,
} from './isolate-options.js'
import { Kind, native } from './native.js'
import { withTopLevelAwait } from './script.js'
import { TimeLimits } from './time-limits.js'

function isGenerator(fn: object): boolean {
  const kind = native.kind(fn)
  return kind === Kind.GeneratorFunction || kind === Kind.AsyncGeneratorFunction
}

let functions: Functions | undefined

function handleOf(fn: unknown, filename: string | undefined): ReturnType<Functions['handle']> {
  functions ??= new Functions(children().makeFunction, (each) => functionSource(each, isGenerator))
  return functions.handle(fn, filename)
}

/** Makes its objects ones of the engine, which never cross as copies. */
class IsolateHandle {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: the object has to be one of the engine's
    return Reflect.construct(natives.Handle, [], new.target) as IsolateHandle
  }
}

/** What the next `new Isolate()` stands for instead of making one. */
let reference: { id: number; name: string } | undefined

/**
 * The guest's side of the class of lib/isolate.ts: isolates that the guest makes are its own, and end with it. Others,
 * its own isolate and what is below those it made, are known by id, name and state only.
 */
export class Isolate extends IsolateHandle {
  declare readonly id: number
  declare readonly name: string
  /** Undefined for one that somebody else made. */
  readonly #residence: Residence | undefined
  readonly #closed: Promise<CloseReason> | undefined
  readonly #console: IsolateOptions['console']

  constructor(options?: IsolateOptions) {
    super()
    if (reference !== undefined) {
      identify(this, reference.id, reference.name)
      return
    }
    const { name, memoryLimit, globals, console, timeout, cpuTimeout, maxIsolates } = checkOptions(
      options,
      isolateChecks,
    )
    const [mostMemory, mostTime, mostCpu, mostIsolates] = children().limits()
    const memory = memoryLimit === undefined ? 0 : memoryLimit * 2 ** 20
    if (mostMemory !== 0 && memory > mostMemory) {
      const most = `at most ${mostMemory / 2 ** 20} MiB, the limit of the isolate that makes it`
      throw outOfRange('options.memoryLimit', most, memoryLimit)
    }
    const limits = new TimeLimits(timeout, cpuTimeout, mostTime, mostCpu)
    this.#console = console
    const way = typeof console === 'function' ? 2 : console === 'ignore' ? 1 : 0
    const id = failing(this, undefined, () =>
      children().create(0, this, name, memory, globals, limits.timeout, limits.cpuTimeout, maxIsolates, way),
    )
    if (id === 0) throw limitError(Isolate.current.name, mostIsolates)
    if (id < 0) throw memoryError(Isolate.current.name, mostMemory)
    identify(this, id, name ?? `isolate-${id}`)
    let resolveClosed: Residence['resolveClosed'] = () => {}
    this.#closed = new Promise((resolve) => {
      resolveClosed = resolve
    })
    this.#residence = {
      name: this.name,
      handle: new WeakRef(this),
      limits,
      resolveClosed,
      closing: false,
      cause: undefined,
      kind: undefined,
    }
    mapSet(residences, id, this.#residence)
  }

  /** The isolate that this code runs in; the same object every time. */
  static get current(): Isolate {
    if (current === undefined) {
      const { id, name } = native.current()
      current = refer(id, name)
      freeze(current)
    }
    return current
  }

  /** The isolate that this code runs in and all below it that are not closed, in order of creation. */
  static all(): Isolate[] {
    const found: Isolate[] = []
    const list = children().all()
    for (let at = 0; at < list.length; at += 2) {
      const [id, name] = [list[at] as number, list[at + 1] as string]
      if (id === Isolate.current.id) {
        push(found, Isolate.current)
      } else {
        const own = mapGet(residences, id)
        // One whose handle was collected is about to end.
        const isolate = own === undefined ? distant(id, name) : deref(own.handle)
        if (isolate !== undefined) push(found, isolate)
      }
    }
    return found
  }

  get state(): 'idle' | 'running' | 'closed' {
    return (['idle', 'running', 'closed'] as const)[children().state(this.id)]
  }

  get closed(): Promise<CloseReason> {
    this.#own()
    return this.#closed as Promise<CloseReason>
  }

  run(source: string, options?: RunOptions): Promise<unknown> {
    checkSource(source)
    const o = checkOptions(options, runChecks)
    const { limits } = this.#own()
    const script = withTopLevelAwait(source, o.columnOffset ?? 0)
    return this.#request(o.signal, () =>
      children().run(
        this.id,
        script.source,
        o.filename ?? 'isolate:run',
        o.lineOffset ?? 0,
        script.columnOffset,
        o.globals,
        limits.wallOf(o),
        limits.cpuOf(o),
        o.transfer,
      ),
    )
  }

  runSync(source: string, options?: RunOptions): unknown {
    checkSource(source)
    const o = checkOptions(options, runSyncChecks)
    const residence = this.#own()
    const script = withTopLevelAwait(source, o.columnOffset ?? 0)
    return failing(this, residence, () =>
      children().runSync(
        this.id,
        script.source,
        o.filename ?? 'isolate:run',
        o.lineOffset ?? 0,
        script.columnOffset,
        o.globals,
        residence.limits.wallOf(o),
        residence.limits.cpuOf(o),
        o.transfer,
      ),
    )
  }

  call(fn: unknown, args: unknown[] = [], options?: RunOptions): Promise<unknown> {
    checkArguments(args)
    const o = checkOptions(options, callChecks)
    const { limits } = this.#own()
    const handle = handleOf(fn, o.filename)
    return this.#request(o.signal, () =>
      children().call(this.id, handle, limits.wallOf(o), limits.cpuOf(o), args, o.transfer),
    )
  }

  callSync(fn: unknown, args: unknown[] = [], options?: RunOptions): unknown {
    checkArguments(args)
    const o = checkOptions(options, callSyncChecks) as RunOptions
    const residence = this.#own()
    const handle = handleOf(fn, o.filename)
    return failing(this, residence, () =>
      children().callSync(this.id, handle, residence.limits.wallOf(o), residence.limits.cpuOf(o), args, o.transfer),
    )
  }

  set(globals: Record<string, unknown>): Promise<unknown> {
    globalsObject('globals', globals)
    return this.#request(undefined, () => children().set(this.id, globals))
  }

  get(name: string): Promise<unknown> {
    if (typeof name !== 'string') throw invalidType('name', 'a string', name)
    return this.#request(undefined, () => children().get(this.id, name, isIdentifier(name)))
  }

  stats(): object {
    this.#own()
    return { state: this.state, ...figuresOf(children().stats(this.id)) }
  }

  terminate(reason?: unknown): void {
    const residence = this.#own()
    if (this.state === 'closed') return
    residence.cause = reason
    children().terminate(this.id)
  }

  async close(): Promise<void> {
    const residence = this.#own()
    if (!residence.closing && this.state !== 'closed') {
      residence.closing = true
      children().close(this.id)
    }
    await this.#closed
  }

  /** @internal */
  [print](entry: ConsoleEntry): void {
    if (typeof this.#console === 'function') this.#console(entry)
  }

  #own(): Residence {
    if (this.#residence !== undefined) return this.#residence
    throw misuseError(`${this.name} was made by another isolate, and only that one can use it`, 'ERR_NOT_OWNER')
  }

  #request(signal: AbortSignalLike | undefined, post: () => Promise<unknown> | undefined): Promise<unknown> {
    const residence = this.#own()
    try {
      if (signal?.aborted) throw signal.reason
      const promise = residence.closing ? undefined : failing(this, residence, post)
      if (promise === undefined) throw closedError(ending(this.id, residence))
      if (signal !== undefined) this.#abortWith(signal, promise)
      return promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #abortWith(signal: AbortSignalLike, promise: Promise<unknown>): void {
    const ticket = children().lastTicket()
    const abort = (): void => children().abort(this.id, ticket, signal.reason)
    const settled = (): void => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(settled, settled)
  }
}

let current: Isolate | undefined
const references: Map<number, WeakRef<Isolate>> = makeMap()

function identify(isolate: Isolate, id: number, name: string): void {
  defineProperty(isolate, 'id', { value: id, enumerable: true })
  defineProperty(isolate, 'name', { value: name, enumerable: true })
}

function refer(id: number, name: string): Isolate {
  reference = { id, name }
  try {
    return new Isolate()
  } finally {
    reference = undefined
  }
}

/** The one object that stands for an isolate further down. */
function distant(id: number, name: string): Isolate {
  const reference = mapGet(references, id)
  const known = reference === undefined ? undefined : deref(reference)
  if (known !== undefined) return known
  mapForEach(references, (handle, each) => {
    if (deref(handle) === undefined) mapDelete(references, each)
  })
  const made = refer(id, name)
  mapSet(references, id, new WeakRef(made))
  return made
}

/** What is known of how an isolate ends, also before it has. */
function ending(id: number, residence: Residence): Residence {
  residence.kind ??= children().stopped(id)
  return residence
}

/** The failure of a request becomes an error where it was made, so that the stack shows who made it. */
function failing<T>(isolate: Isolate, residence: Residence | undefined, request: () => T): T {
  try {
    return request()
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure
    throw failure.toError(residence === undefined ? undefined : ending(isolate.id, residence))
  }
}
