import { describe, expect, it } from 'vitest'
import { type HostCallContext, Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { until } from './helpers/until.js'

/** Walks everything that can be reached from a value, through prototypes, symbols, accessors and constructors. */
const reach = `(function reach(roots) {
  const seen = new Set(), todo = [...roots], found = []
  while (todo.length > 0 && seen.size < 20000) {
    const value = todo.pop()
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
    seen.add(value)
    // What stands behind a function of the host's.
    if (Object.prototype.hasOwnProperty.call(value, 'callable')) found.push('a handle')
    if (typeof value === 'function' && value !== Function && value.constructor !== undefined) {
      try {
        const made = value.constructor('return typeof process + typeof require + (globalThis === this ? "" : "other")')()
        if (made !== 'undefinedundefined') found.push(made)
      } catch {}
    }
    try { todo.push(Object.getPrototypeOf(value)) } catch {}
    let keys = []
    try { keys = Reflect.ownKeys(value) } catch {}
    for (const key of keys) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)
      if (descriptor === undefined) continue
      todo.push(descriptor.value, descriptor.get, descriptor.set)
    }
  }
  return found
})`

async function* stream(): AsyncGenerator<number> {
  yield 1
  yield 2
}

const expose = {
  echo: (value: unknown) => value,
  give: () => ({ list: [1], map: new Map([[1, {}]]), error: new TypeError('e'), date: new Date(), read: () => 1 }),
  fail: () => {
    throw Object.assign(new RangeError('no', { cause: new Error('inner') }), { code: 'E' })
  },
  stream,
  now: { sync: () => 5 },
  bad: {
    sync: () => {
      throw new TypeError('bad')
    },
  },
  deep: { fn: () => ({}) },
}

describe('what a guest gets of its host', () => {
  it.each([
    ['functions', '[echo, give, now, deep, deep.fn]'],
    ['promises of calls', '[echo(1), deep.fn()]'],
    ['results', '[await give(), await echo({ a: [] }), await (await give()).read()]'],
    [
      'errors',
      '[await fail().catch((e) => e), (() => { try { bad() } catch (e) { return e } })(), await echo(Symbol()).catch((e) => e)]',
    ],
    ['streams', '[await stream(), await (await stream()).next(), (await stream())[Symbol.asyncIterator]()]'],
  ])('leads to nothing of the host: %s', async (_kind, source) => {
    await using isolate = new Isolate({ expose })
    expect(await isolate.run(`${reach}(${source})`)).toEqual([])
  })

  it.each([
    ['a function', 'echo', 'Function'],
    ['a promise', 'echo(1)', 'Promise'],
    ['an object', 'await give()', 'Object'],
    ['a list', '(await give()).list', 'Array'],
    ['a map', '(await give()).map', 'Map'],
    ['an error', 'await fail().catch((e) => e)', 'RangeError'],
    ['the cause of an error', '(await fail().catch((e) => e)).cause', 'Error'],
    ['a stream', 'await stream()', 'Object'],
    ['a step of a stream', 'await (await stream()).next()', 'Object'],
  ])('has the guest’s own prototype: %s', async (_kind, source, name) => {
    await using isolate = new Isolate({ expose })
    expect(await isolate.run(`Object.getPrototypeOf(${source}) === ${name}.prototype`)).toBe(true)
  })

  it('shows no stack of the host, also to Error.prepareStackTrace', async () => {
    await using isolate = new Isolate({ expose })
    const source = `globalThis.sites = []
      Error.prepareStackTrace = (error, trace) => {
        for (const site of trace) sites.push([String(site.getFileName()), typeof site.getThis(), typeof site.getFunction()])
        return 'prepared'
      }
      const caught = []
      for (const call of [fail, echo, bad]) { try { await call(Symbol()) } catch (e) { caught.push(String(e.stack)) } }
      ;[sites, caught]`
    const [sites, stacks] = await isolate.run<[string[][], string[]]>(source)
    for (const [file, self, fn] of sites) {
      expect(file).toMatch(/^(isolate|isolates|undefined|null)/)
      if (file?.startsWith('isolates')) expect([self, fn]).toEqual(['undefined', 'undefined'])
    }
    for (const stack of stacks) expect(stack).not.toMatch(/node:|\/dist\/|hostile/)
  })

  it.each(['before', 'after'])(
    'cannot be had by what the guest puts in the place of builtins, %s the first call',
    async (when) => {
      const pollute = `globalThis.stolen = []
        let count = 0
        const replaced = [], { defineProperty, getOwnPropertyDescriptor } = Object, { apply } = Reflect, OwnPromise = Promise
        const keep = (what) => { if (count < 10000) stolen[count++] = what }
        const put = (target, key, descriptor) => {
          replaced[replaced.length] = [target, key, getOwnPropertyDescriptor(target, key)]
          defineProperty(target, key, { __proto__: null, configurable: true, ...descriptor })
        }
        const spy = (target, key) => {
          const original = target[key]
          put(target, key, { value: function (...args) { keep(this); keep(args); return apply(original, this, args) }, writable: true })
        }
        for (const type of [Object, Array, Function, Promise, Map, Error, WeakMap, Symbol]) {
          for (const key of ['callable', 'expose', 'target', 'number', 'signal', 'aborted', 'resolve', 'reject', 'args', 'pull']) {
            put(type.prototype, key, { get() { keep(this); return undefined }, set() { keep(this) } })
          }
        }
        put(Object.prototype, 'then', { get() { keep(this); return undefined }, set() { keep(this) } })
        put(Promise.prototype, 'constructor', { get() { keep(this); return OwnPromise } })
        for (const [target, keys] of [
          [Array.prototype, ['push', 'pop', 'shift', 'slice', 'concat', 'forEach', 'map']], [Map.prototype, ['get', 'set', 'has', 'delete']],
          [Function.prototype, ['call', 'apply', 'bind']], [Reflect, ['apply', 'construct', 'ownKeys']], [Promise.prototype, ['then', 'catch']],
          [Object, ['defineProperty', 'keys', 'create', 'freeze']], [Error, ['captureStackTrace']], [WeakMap.prototype, ['get', 'set']],
          [String.prototype, ['slice', 'indexOf', 'startsWith']], [Promise, ['resolve', 'reject', 'all']],
        ]) for (const key of keys) spy(target, key)
        const values = Array.prototype[Symbol.iterator]
        put(Array.prototype, Symbol.iterator, { value: function () { keep(this); return apply(values, this, []) }, writable: true })
        globalThis.Promise = class extends OwnPromise { constructor(f) { super((a, b) => { keep(f); keep(a); f(a, b) }) } }
        globalThis.restore = () => {
          globalThis.Promise = OwnPromise
          for (let i = replaced.length - 1; i >= 0; i--) {
            const { 0: target, 1: key, 2: descriptor } = replaced[i]
            if (descriptor === undefined) delete target[key]
            else defineProperty(target, key, descriptor)
          }
        }`
      const use = `(async () => {
        const results = []
        results[0] = await echo(5)
        results[1] = (await give()).list.length
        try { await fail() } catch (e) { results[2] = e.message }
        const s = await stream()
        results[3] = (await s.next()).value
        await s.return()
        results[4] = now()
        try { bad() } catch (e) { results[5] = e.message }
        restore()
        return results
      })()`
      await using isolate = new Isolate({ expose })
      if (when === 'after') await isolate.run('Promise.all([echo(1), stream()]).then(() => now())')
      await isolate.run(`{ ${pollute} }; 0`)
      expect(await isolate.run(use)).toEqual([5, 1, 'no', 1, 5, 'bad'])
      expect(await isolate.run('stolen.length')).toBeGreaterThan(0)
      expect(await isolate.run(`${reach}([stolen])`)).toEqual([])
    },
  )
})

describe('what a host gets of its guest', () => {
  function watched(): { seen: unknown[][]; isolate: Isolate } {
    const seen: unknown[][] = []
    const isolate = new Isolate({ expose: { take: (...args: unknown[]) => void seen.push(args) } })
    return { seen, isolate }
  }

  it.each([
    ['an object that says it is a promise', '({ then: 5, a: 1 })', JSON.parse('{"then":5,"a":1}')],
    ['own names of the prototype', 'JSON.parse(\'{"__proto__":{"x":1},"constructor":{"prototype":{}}}\')', undefined],
    ['an array of another kind', 'Object.assign([1, 2], { constructor: { [Symbol.species]: null } })', undefined],
    [
      'an instance of a class',
      'new (class Evil { a = 1; get b() { return 2 } toString() { return "x" } })()',
      { a: 1 },
    ],
    ['a getter, read once', 'globalThis.reads = 0, { get a() { return ++reads } }', { a: 1 }],
  ])('is a plain copy: %s', async (_kind, source, value) => {
    const { seen, isolate } = watched()
    await isolate.run(`take((${source}))`)
    const given = seen[0]?.[0] as object
    if (value !== undefined) expect(given).toEqual(value)
    expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(given))
    expect(({} as { x?: unknown }).x).toBeUndefined()
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(given))) {
      expect(descriptor.get).toBeUndefined()
      expect(typeof descriptor.value).not.toBe('function')
    }
    await isolate.close()
  })

  it.each([
    ['a proxy', 'new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })'],
    ['a proxy of arguments', 'new Proxy([1], {})'],
    ['a function', 'Object.assign(() => 1, { a: 1 })'],
    ['a function with a toJSON', '({ toJSON() { return 1 } })'],
    ['a handle’s prototype', 'Object.getPrototypeOf(isolates.Channel.prototype)'],
    ['an object that looks like a handle', '({ callable: 1, __proto__: isolates.Channel.prototype, f() {} })'],
  ])('is refused: %s', async (_kind, source) => {
    const { seen, isolate } = watched()
    await isolate.run(`(async () => { try { await take(${source}) } catch (e) { return e.name } })()`)
    for (const args of seen)
      for (const each of args) expect(typeof each === 'object' && Object.keys(each as object).length < 3).toBe(true)
    expect(({} as { callable?: unknown }).callable).toBeUndefined()
    await isolate.close()
  })

  it('that throws while it is read is the guest’s own error', async () => {
    const { seen, isolate } = watched()
    const source = "take({ get a() { throw new RangeError('mine') } }).catch((e) => [e.name, e.message])"
    expect(await isolate.run(source)).toEqual(['RangeError', 'mine'])
    expect(seen).toEqual([])
    await isolate.close()
  })

  it('is no signal of the host’s making, and does not break it', async () => {
    const signals: unknown[] = []
    await using isolate = new Isolate({
      expose: {
        take(this: HostCallContext, ...args: unknown[]) {
          signals.push(args.at(-1))
        },
      },
    })
    const sources = [
      '({ aborted: false, addEventListener() { throw 1 }, removeEventListener() { throw 2 } })',
      '({ aborted: false, get addEventListener() { throw 3 } })',
      '({ signal: { aborted: false, addEventListener() {}, removeEventListener() { throw 4 } } })',
      '({ get signal() { throw 5 } })',
      '({ signal: 5, aborted: 6 })',
    ]
    for (const source of sources) await isolate.run(`(async () => { try { await take(${source}) } catch {} })()`)
    expect(await isolate.run('take(1).then(() => 7)')).toBe(7)
    for (const signal of signals) expect(signal).not.toHaveProperty('addEventListener', expect.any(Object))
  })

  it('cannot be more than the limits, however it calls', async () => {
    let open = 0
    let most = 0
    const hold = async (): Promise<void> => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
    }
    const isolate = new Isolate({ memoryLimit: 64, expose: { hold }, maxPendingCalls: 50 })
    const flood = '(async () => { for (let i = 0; i < 5000; i++) hold(i).catch(() => {}); await hold(); return 1 })()'
    expect(await isolate.run(flood)).toBe(1)
    expect(most).toBeLessThanOrEqual(50)
    isolate.terminate()
  })

  it('is told once that a call is given up, however often the guest says so', async () => {
    let aborted = 0
    const wait = (signal: AbortSignal): Promise<never> =>
      new Promise(() => signal.addEventListener('abort', () => aborted++))
    const isolate = new Isolate({ expose: { wait } })
    const source = `let listener
      const signal = { aborted: false, addEventListener(_type, given) { listener = given }, removeEventListener() {} }
      const call = wait(signal).catch(() => {})
      for (let i = 0; i < 100000; i++) listener()
      call`
    await isolate.run(source)
    await until(() => aborted > 0, 'the signal')
    expect(aborted).toBe(1)
    isolate.terminate()
  })

  it('takes the guest’s memory while it waits, not the host’s', async () => {
    const never = (): Promise<never> => new Promise(() => {})
    const isolate = new Isolate({ memoryLimit: 32, expose: { never }, maxPendingCalls: 10 })
    const before = process.memoryUsage().rss
    const error = await failure(isolate.run('for (let i = 0; ; i++) never("x".repeat(1000) + i, [i]).catch(() => {})'))
    expect(error).toMatchObject({ code: 'ERR_MEMORY_LIMIT' })
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20)
  })

  it('is an error only, when a function of the host’s is called that is gone', async () => {
    await using isolate = new Isolate({ expose })
    await using other = new Isolate()
    expect(await other.run('typeof echo')).toBe('undefined')
    expect(await isolate.run('echo.call({ a: 1 }, 2)')).toBe(2)
    expect(await isolate.run('Reflect.apply(echo, null, [3])')).toBe(3)
    expect(await isolate.run('(() => { try { new echo(1) } catch (e) { return e.name } })()')).toBe('TypeError')
  })

  it('given by a reference is a copy, whatever the guest does with its builtins', async () => {
    await using isolate = new Isolate()
    using object = await isolate.ref('({ a: 1, list: [1, 2] })')
    await isolate.run(`Reflect.apply = () => ({ forged: true }); Reflect.construct = () => 5; Reflect.set = () => true
      Object.keys = () => [1]; Array.prototype[Symbol.iterator] = () => { throw 1 }; Promise.prototype.then = function () { throw 2 }; 0`)
    expect(await object.get('a')).toBe(1)
    using fn = await isolate.ref('() => 1')
    expect(await fn.call()).toEqual({ forged: true })
    using made = await fn.construct()
    expect(made.typeof).toBe('number')
  })

  it('as a step of a stream may be anything, and is checked', async () => {
    await using isolate = new Isolate()
    using make = await isolate.ref(
      '(next) => { const steps = { no: () => 5, none: () => null, fn: () => ({ value: () => 1 }), never: () => ({ done: "yes", value: 1 }) }; return { [Symbol.asyncIterator]: () => ({ next: steps[next] }) } }',
    )
    const step = async (kind: string): Promise<unknown> => {
      const stream = await make.call<AsyncIterableIterator<unknown>>([kind])
      return await stream.next().catch((error: Error) => error.name)
    }
    expect(await step('no')).toEqual({ done: false, value: undefined })
    expect(await step('none')).toBe('TypeError')
    expect(await step('fn')).toBe('NotShareableError')
    expect(await step('never')).toEqual({ done: true, value: 1 })
  })
})
