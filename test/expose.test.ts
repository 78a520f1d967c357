import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Channel, type HostCallContext, Isolate, type IsolateOptions, SharedStore } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

describe('a function of the host', () => {
  it('answers with a promise', async () => {
    await using isolate = new Isolate({ expose: { add: (a: number, b: number) => a + b } })
    expect(await isolate.run('add(1, 2) instanceof Promise')).toBe(true)
    expect(await isolate.run('add(1, 2)')).toBe(3)
  })

  it('is awaited when it returns a promise', async () => {
    await using isolate = new Isolate({ expose: { size: async (file: string) => (await readFile(file)).length } })
    expect(await isolate.run(`size(${JSON.stringify(import.meta.filename)})`)).toBeGreaterThan(100)
  })

  it('is a global like any other', async () => {
    await using isolate = new Isolate({ expose: { f: () => 1 } })
    const text = 'JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, "f"))'
    expect(await isolate.run(text)).toBe('{"writable":true,"enumerable":false,"configurable":true}')
    expect(await isolate.run('[f.name, f.length, typeof f, f.hasOwnProperty("prototype")].join()')).toBe(
      'f,0,function,false',
    )
  })

  it('may stand in an object of functions, and has the same name there', async () => {
    const math = { double: (n: number) => n * 2, deep: { triple: (n: number) => n * 3 } }
    await using isolate = new Isolate({ expose: { math } })
    expect(await isolate.run('Promise.all([math.double(2), math.deep.triple(2), math.double.name])')).toEqual([
      4,
      6,
      'double',
    ])
  })

  it('is called with what a guest has, not with what the guest makes of it afterwards', async () => {
    const seen: unknown[] = []
    await using isolate = new Isolate({ expose: { see: (value: unknown) => void seen.push(value) } })
    await isolate.run('const value = { a: 1 }; const done = see(value); value.a = 2; done')
    expect(seen).toEqual([{ a: 1 }])
  })

  it.each<[string, string, unknown]>([
    ['nothing', '', undefined],
    ['a string', '"text"', 'text'],
    ['a bigint', '10n ** 30n', 10n ** 30n],
    ['a date', 'new Date(5)', new Date(5)],
    ['a map', 'new Map([[1, { a: [2] }]])', new Map([[1, { a: [2] }]])],
    ['bytes', 'new Uint8Array([1, 2])', new Uint8Array([1, 2])],
    [
      'a name that objects inherit',
      '({ ["__proto__"]: 1, constructor: 2 })',
      JSON.parse('{"__proto__":1,"constructor":2}'),
    ],
  ])('takes and gives %s', async (_kind, source, value) => {
    let seen: unknown
    await using isolate = new Isolate({
      expose: {
        echo: (given: unknown) => {
          seen = given
          return given
        },
      },
    })
    expect(await isolate.run(`echo(${source})`)).toEqual(value)
    expect(seen).toEqual(value)
  })

  it('takes and gives handles', async () => {
    const channel = new Channel<number>()
    const store = new SharedStore()
    let same = false
    await using isolate = new Isolate({
      expose: {
        open: () => ({ channel, store }),
        compare: (given: Channel<number>) => {
          same = given === channel
        },
      },
    })
    await isolate.run(
      'open().then(async ({ channel, store }) => { store.set("a", 1); await channel.send(5); await compare(channel) })',
    )
    expect([await channel.receive(), store.get('a'), same]).toEqual([5, 1, true])
    channel.close()
  })

  it('refuses what cannot be copied, by a rejection that says where it was', async () => {
    await using isolate = new Isolate({ expose: { f: () => 1 } })
    const caught = '(error) => [error.name, error.code, error.path]'
    expect(await isolate.run(`f({ list: [1, Symbol('s')] }).catch(${caught})`)).toEqual([
      'NotShareableError',
      'ERR_NOT_SHAREABLE',
      'args[0].list[1]',
    ])
    expect(await isolate.run(`f(() => 1).catch(${caught})`)).toEqual([
      'NotShareableError',
      'ERR_NOT_SHAREABLE',
      'args[0]',
    ])
  })

  it('rejects when its result cannot be copied', async () => {
    await using isolate = new Isolate({ expose: { f: () => ({ deep: [Symbol('s')] }) } })
    const error = await failure(isolate.run('f()'))
    expect(error).toMatchObject({ name: 'NotShareableError', code: 'ERR_NOT_SHAREABLE' })
    expect(error.message).toContain('result.deep[0] is a symbol')
  })

  it('rejects when its promise does, or a getter of its result throws', async () => {
    const expose = {
      later: async () => {
        await sleep(1)
        throw new RangeError('later')
      },
      getter: () => ({
        get a() {
          throw new TypeError('from a getter')
        },
      }),
    }
    await using isolate = new Isolate({ expose })
    expect(await failure(isolate.run('later()'))).toMatchObject({ name: 'RangeError', message: 'later' })
    expect(await failure(isolate.run('getter()'))).toMatchObject({ name: 'TypeError', message: 'from a getter' })
  })

  it('takes thenables for promises', async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is the point
    await using isolate = new Isolate({ expose: { f: () => ({ then: (done: (value: number) => void) => done(5) }) } })
    expect(await isolate.run('f()')).toBe(5)
  })

  it('is called in the order of the calls, and its output is in order with the console', async () => {
    const seen: unknown[] = []
    await using isolate = new Isolate({
      console: ({ text }) => seen.push(text),
      expose: { see: (value: unknown) => void seen.push(value) },
    })
    await isolate.run('for (let i = 0; i < 3; i++) { console.log("log", i); see(i) }; see("end")')
    expect(seen).toEqual(['log 0', 0, 'log 1', 1, 'log 2', 2, 'end'])
  })

  it('may call its own isolate', async () => {
    await using isolate: Isolate = new Isolate({
      expose: { f: (n: number) => isolate.call((m: number) => m * 2, [n]) },
    })
    expect(await isolate.run('f(21)')).toBe(42)
  })

  it('sees the isolate that calls', async () => {
    const who = function (this: HostCallContext): string | undefined {
      return this.isolate?.name
    }
    await using a = new Isolate({ name: 'a', expose: { who } })
    await using b = new Isolate({ name: 'b', expose: { who } })
    expect(await Promise.all([a.run('who()'), b.run('who()')])).toEqual(['a', 'b'])
  })
})

describe('an error of the host', () => {
  class CodeError extends TypeError {
    override readonly name = 'CodeError'
    readonly code = 'E_CODE'
    readonly status = 404
    readonly request = { secret: 'token' }
    toJSON(): string {
      return 'json'
    }
  }
  const fail = (): never => {
    throw new CodeError('wrong', { cause: new RangeError('inner', { cause: 'text' }) })
  }

  it('arrives with name, message, code, cause and plain properties, as an error of the guest', async () => {
    await using isolate = new Isolate({ expose: { fail } })
    const source = `fail().catch((e) => [e instanceof TypeError, e.name, e.message, e.code, e.status, 'request' in e, 'toJSON' in e,
      e.cause instanceof RangeError, e.cause.message, e.cause.cause])`
    expect(await isolate.run(source)).toEqual([
      ...[true, 'CodeError', 'wrong', 'E_CODE', 404, false, false],
      ...[true, 'inner', 'text'],
    ])
  })

  it('has the frames of the guest’s call, and none of the host', async () => {
    await using isolate = new Isolate({ expose: { fail } })
    const source =
      'async function work() { await fail() }\nasync function main() { try { await work() } catch (e) { return e.stack } }\nmain()'
    const stack = await isolate.run<string>(source, { filename: 'task.js' })
    expect(stack.split('\n')[0]).toBe('CodeError: wrong')
    expect(stack).toMatch(
      / {4}at fail \(host function\)\n {4}at async work \(task\.js:1:25\)\n {4}at async main \(task\.js:2/,
    )
    expect(stack).not.toMatch(/expose\.test|node:|\/dist\//)
  })

  it('says no file in the stacks of its causes, and of errors that are results', async () => {
    const result = (): unknown => ({
      error: new Error('given'),
      list: [new Error('other', { cause: new Error('third') })],
    })
    await using isolate = new Isolate({ expose: { fail, result } })
    expect(await isolate.run('fail().catch((e) => e.cause.stack)')).toBe('RangeError: inner')
    const stacks = await isolate.run('result().then((r) => [r.error.stack, r.list[0].stack, r.list[0].cause.stack])')
    expect(stacks).toEqual(['Error: given', 'Error: other', 'Error: third'])
  })

  it('of several arrives with all of them', async () => {
    const several = (): Promise<unknown> => Promise.any([Promise.reject(new TypeError('one')), Promise.reject(2)])
    await using isolate = new Isolate({ expose: { several } })
    expect(
      await isolate.run(
        'several().catch((e) => [e.name, e.errors[0] instanceof TypeError, e.errors[0].message, e.errors[1]])',
      ),
    ).toEqual([...['AggregateError', true, 'one', 2]])
  })

  it.each<[string, unknown, string]>([
    ['a string', 'text', '"text"'],
    ['null', null, 'null'],
    ['an object', { a: 1 }, '{"a":1}'],
  ])('may be %s', async (_kind, value, json) => {
    const throwIt = (): never => {
      throw value
    }
    await using isolate = new Isolate({ expose: { throwIt } })
    expect(await isolate.run('throwIt().catch((e) => JSON.stringify(e))')).toBe(json)
  })

  it('that cannot be copied is told as that', async () => {
    const throwIt = (): never => {
      throw Symbol('s')
    }
    await using isolate = new Isolate({ expose: { throwIt } })
    expect(await isolate.run('throwIt().catch((e) => e.message)')).toMatch(/cannot be copied/)
  })

  it('from the platform keeps its name', async () => {
    await using isolate = new Isolate({ expose: { abort: () => AbortSignal.abort().throwIfAborted() } })
    expect(await isolate.run('abort().catch((e) => [e.name, e instanceof Error])')).toEqual(['AbortError', true])
  })
})

describe('a synchronous function of the host', () => {
  const expose = {
    twice: { sync: (n: number) => n * 2 },
    later: { sync: async (n: number) => sleep(1, n * 3) },
    fail: {
      sync: () => {
        throw Object.assign(new RangeError('no'), { code: 'E_NO' })
      },
    },
  }

  it('returns its result', async () => {
    await using isolate = new Isolate({ expose })
    expect(await isolate.run('twice(twice(5)) + 1')).toBe(21)
  })

  it('waits for a promise', async () => {
    await using isolate = new Isolate({ expose })
    expect(await isolate.run('later(5) + 1')).toBe(16)
  })

  it('throws', async () => {
    await using isolate = new Isolate({ expose })
    const source =
      'function work() { try { fail() } catch (e) { return [e instanceof RangeError, e.code, e.stack] } }; work()'
    const [isRange, code, stack] = await isolate.run<[boolean, string, string]>(source, { filename: 'task.js' })
    expect([isRange, code]).toEqual([true, 'E_NO'])
    expect(stack).toMatch(/^RangeError: no\n {4}at fail \(host function\)\n {4}at work \(task\.js:1/)
    expect(stack).not.toContain('expose.test')
  })

  it('is called on the host’s own thread in runSync', () => {
    using isolate = new Isolate({ expose })
    expect(isolate.runSync('twice(5)')).toBe(10)
    expect(isolate.callSync(new Function('n', 'return twice(n) + twice(n)') as (n: number) => number, [3])).toBe(12)
    expect(thrown(() => isolate.runSync('fail()'))).toMatchObject({ name: 'RangeError', code: 'E_NO' })
  })

  it('may call its isolate again, in runSync', () => {
    using isolate: Isolate = new Isolate({
      expose: { nest: { sync: (n: number): number => (n === 0 ? 0 : isolate.runSync(`nest(${n - 1}) + 1`)) } },
    })
    expect(isolate.runSync('nest(10)')).toBe(10)
  })

  it('cannot wait for a promise in runSync, and says so', () => {
    using isolate = new Isolate({ expose })
    expect(thrown(() => isolate.runSync('later(5)'))).toMatchObject({ code: 'ERR_PENDING_PROMISE' })
    expect(isolate.runSync('twice(5)')).toBe(10)
  })

  it('is served by a host that waits for its turn at the same isolate', async () => {
    const gate = new Gate()
    const calls: number[] = []
    const note = { sync: (n: number) => calls.push(n) }
    using isolate = new Isolate({ globals: gate.globals, expose: { note } })
    const running = isolate.run(`${gate.hold}; [note(1), note(2), note(3)]`)
    await gate.reached()
    gate.open()
    expect(isolate.runSync('note(4)')).toBe(4)
    expect(await running).toEqual([1, 2, 3])
    expect(calls).toEqual([1, 2, 3, 4])
  })

  it('of whom a promise is awaited, fails when its host comes to wait for the isolate', async () => {
    let reached = false
    const never = {
      sync: () => {
        reached = true
        return new Promise(() => {})
      },
    }
    using isolate = new Isolate({ expose: { never } })
    const running = failure(isolate.run('never()'))
    await until(() => reached, 'the call')
    expect(isolate.runSync('1 + 1')).toBe(2)
    expect(await running).toMatchObject({ code: 'ERR_PENDING_PROMISE' })
  })

  it('lets many isolates wait at once', async () => {
    const isolates = Array.from({ length: 8 }, () => new Isolate({ expose }))
    const results = await Promise.all(isolates.map((isolate, i) => isolate.run(`[later(${i}), twice(${i})]`)))
    expect(results).toEqual(isolates.map((_, i) => [i * 3, i * 2]))
    for (const isolate of isolates) isolate.terminate()
  })

  it('is cut off by a timeout, and its signal is aborted', async () => {
    let signal: AbortSignal | undefined
    const never = {
      sync(this: HostCallContext) {
        signal = this.signal
        return new Promise(() => {})
      },
    }
    await using isolate = new Isolate({ expose: { never } })
    expect(await failure(isolate.run('never()', { timeout: 20 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    await until(() => signal?.aborted === true, 'the signal')
    expect(await isolate.run('1')).toBe(1)
  })
})

describe('a signal', () => {
  // A guest without the web's classes has signals of its own making.
  const guestSignal = `class Signal {
    aborted = false; reason = undefined; #listeners = new Set()
    addEventListener(_type, listener) { this.#listeners.add(listener) }
    removeEventListener(_type, listener) { this.#listeners.delete(listener) }
    get listeners() { return this.#listeners.size }
    abort(reason) { this.aborted = true; this.reason = reason; for (const each of [...this.#listeners]) each() }
  }; `

  function waiting(): { expose: NonNullable<IsolateOptions['expose']>; signals: (AbortSignal | undefined)[] } {
    const signals: (AbortSignal | undefined)[] = []
    const wait = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        signals.push(signal)
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    return {
      signals,
      expose: {
        last: (_n: number, signal: AbortSignal) => wait(signal),
        option: (_n: number, { signal, other }: { signal: AbortSignal; other: number }) =>
          wait(other === 5 ? signal : AbortSignal.abort()),
        context(this: HostCallContext) {
          return wait(this.signal)
        },
        fine: (signal: AbortSignal) => signal.aborted,
      },
    }
  }

  it.each(['last(1, signal)', 'option(1, { signal, other: 5 })', 'context(signal)'])(
    'of a guest is one of the host’s in %s',
    async (call) => {
      const { expose, signals } = waiting()
      await using isolate = new Isolate({ expose })
      const source = `${guestSignal} globalThis.signal = new Signal(); globalThis.settled = ${call}.catch((e) => e); 0`
      await isolate.run(source)
      await until(() => signals.length === 1, 'the call')
      expect(signals[0]).toBeInstanceOf(AbortSignal)
      await isolate.run('signal.abort("enough")')
      expect(await isolate.run('settled')).toBe('enough')
      await until(() => signals[0]?.aborted === true, 'the signal')
      expect(await isolate.run('signal.listeners')).toBe(0)
    },
  )

  it('that is aborted already makes no call', async () => {
    const { expose, signals } = waiting()
    await using isolate = new Isolate({ expose })
    const source = `${guestSignal} const signal = new Signal(); signal.abort("at once"); last(1, signal).catch((e) => e)`
    expect(await isolate.run(source)).toBe('at once')
    expect(signals).toEqual([])
  })

  it('is let go of when the call has ended', async () => {
    const { expose } = waiting()
    await using isolate = new Isolate({ expose })
    const source = `${guestSignal} const signal = new Signal(); fine(signal).then((aborted) => [aborted, signal.listeners])`
    expect(await isolate.run(source)).toEqual([false, 0])
  })

  it('is aborted when the isolate ends', async () => {
    const { expose, signals } = waiting()
    const isolate = new Isolate({ expose })
    const running = failure(isolate.run('context()'))
    await until(() => signals.length === 1, 'the call')
    isolate.terminate()
    expect(await running).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    await until(() => signals[0]?.aborted === true, 'the signal')
    expect(signals[0]?.reason).toMatchObject({ name: 'AbortError' })
  })
})

describe('calls under way', () => {
  it('are limited, and further ones wait', async () => {
    const open = new Set<() => void>()
    const hold = (n: number): Promise<number> => new Promise((resolve) => open.add(() => resolve(n)))
    await using isolate = new Isolate({ expose: { hold }, maxPendingCalls: 3 })
    const running = isolate.run('Promise.all(Array.from({ length: 10 }, (_, i) => hold(i)))')
    for (let answered = 0; answered < 10; answered++) {
      await until(() => open.size > 0, 'a call')
      expect(open.size).toBeLessThanOrEqual(3)
      const [first] = open
      open.delete(first as () => void)
      first?.()
    }
    expect(await running).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('are limited by their bytes, though one alone may have more', async () => {
    let most = 0
    let now = 0
    const take = async (bytes: Uint8Array): Promise<number> => {
      now += bytes.length
      most = Math.max(most, now)
      await sleep(1)
      now -= bytes.length
      return bytes.length
    }
    await using isolate = new Isolate({ expose: { take } })
    const mebi = 2 ** 20
    expect(
      await isolate.run(
        `Promise.all(Array.from({ length: 12 }, () => take(new Uint8Array(6 * ${mebi})))).then((a) => a.length)`,
      ),
    ).toBe(12)
    expect(most).toBeLessThanOrEqual(16 * mebi)
    expect(await isolate.run(`take(new Uint8Array(20 * ${mebi}))`)).toBe(20 * mebi)
  })

  it('that wait can be given up', async () => {
    const seen: unknown[] = []
    let release = (): void => {}
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        release = resolve
      })
    await using isolate = new Isolate({
      expose: { hold, see: (value: unknown) => void seen.push(value) },
      maxPendingCalls: 1,
    })
    const source = `const listeners = []
      const signal = { aborted: false, reason: 'left', addEventListener(_t, l) { listeners.push(l) }, removeEventListener() {} }
      globalThis.held = hold(); globalThis.given = see('given up', signal).catch((e) => e); globalThis.third = see('third')
      listeners[0](); given`
    expect(await isolate.run(source)).toBe('left')
    await until(() => release.name !== 'release', 'the call')
    release()
    await isolate.run('third')
    expect(seen).toEqual(['third'])
  })

  it('are many without harm', async () => {
    await using isolate = new Isolate({ expose: { add: (a: number, b: number) => a + b } })
    const source =
      '(async () => { let sum = 0; for (const each of await Promise.all(Array.from({ length: 20000 }, (_, i) => add(i, 1)))) sum += each; return sum })()'
    expect(await isolate.run(source)).toBe((20000 * 20001) / 2)
  })

  it('are waited for by close()', async () => {
    const seen: string[] = []
    const isolate = new Isolate({
      expose: {
        slow: async () => sleep(5, 'slow'),
        see: (value: string) => void seen.push(value),
      },
    })
    await isolate.run('slow().then(see); 0')
    await isolate.close()
    expect(seen).toEqual(['slow'])
  })
})

describe('a function as an argument', () => {
  it('can be called by the guest', async () => {
    await using isolate = new Isolate()
    const seen: number[] = []
    const work = async (report: (n: number) => Promise<void>): Promise<string> => {
      for (let i = 0; i < 3; i++) await report(i)
      return 'done'
    }
    expect(await isolate.call(work, [async (n: number) => void seen.push(n)])).toBe('done')
    expect(seen).toEqual([0, 1, 2])
  })

  it('may stand deep in it, in a global, and in what set() is given', async () => {
    await using isolate = new Isolate({ globals: { tools: { one: () => 1 } } })
    await isolate.set({ two: () => 2 })
    const source = 'async (deep) => [await tools.one(), await two(), await deep.list[0].three(), await four()]'
    const all = new Function(`return ${source}`)() as (deep: unknown) => Promise<number[]>
    await isolate.run('0', { globals: { four: () => 4 } })
    expect(await isolate.call(all, [{ list: [{ three: () => 3 }] }])).toEqual([1, 2, 3, 4])
  })

  it('is the same in the guest each time', async () => {
    await using isolate = new Isolate()
    const fn = (): number => 1
    await isolate.set({ first: fn })
    expect(
      await isolate.call(new Function('f', 'g', 'return f === g && f === first') as (...f: unknown[]) => boolean, [
        fn,
        fn,
      ]),
    ).toBe(true)
  })

  it('may be a result of another', async () => {
    const open = (name: string): object => ({ name, read: (n: number) => name.repeat(n) })
    await using isolate = new Isolate({ expose: { open } })
    expect(await isolate.run('open("ab").then((file) => file.read(2))')).toBe('abab')
  })

  it('is let go of when the guest has collected it', async () => {
    await using isolate = new Isolate()
    let collected = false
    const registry = new FinalizationRegistry(() => {
      collected = true
    })
    const lend = async (): Promise<void> => {
      const fn = (): number => 5
      registry.register(fn, 0)
      expect(await isolate.call(async (f: () => number) => await f(), [fn])).toBe(5)
    }
    await lend()
    await until(() => {
      // Fills the guest's heap, so that it collects.
      isolate.runSync('for (let i = 0; i < 200; i++) new Array(10000).fill(i)')
      globalThis.gc?.()
      return collected
    }, 'the function is collected')
  })

  it('is let go of when the isolate ends', async () => {
    let collected = false
    const registry = new FinalizationRegistry(() => {
      collected = true
    })
    const lend = async (): Promise<void> => {
      const fn = (): number => 5
      registry.register(fn, 0)
      const isolate = new Isolate({ globals: { fn } })
      expect(await isolate.run('fn()')).toBe(5)
      await isolate.close()
    }
    await lend()
    await until(() => {
      globalThis.gc?.()
      return collected
    }, 'the function is collected')
  })

  it('that is a class is refused', async () => {
    await using isolate = new Isolate()
    expect(await failure(async () => isolate.set({ A: class A {} }))).toMatchObject({ code: 'ERR_NOT_SHAREABLE' })
    expect(thrown(() => new Isolate({ expose: { A: class A {} as never } }))).toMatchObject({
      path: 'options.expose.A',
    })
  })
})

describe('the options', () => {
  it.each<[string, object, string]>([
    ['no object', { expose: 5 }, 'options.expose'],
    ['an array', { expose: [() => 1] }, 'options.expose'],
    ['a number among the functions', { expose: { a: { b: 5 } } }, 'options.expose.a.b'],
    ['null', { expose: { a: null } }, 'options.expose.a'],
    ['a limit that is no number', { maxPendingCalls: '5' }, 'options.maxPendingCalls'],
    ['a limit of 0', { maxPendingCalls: 0 }, 'options.maxPendingCalls'],
  ])('refuse %s', (_kind, options, what) => {
    const error = thrown(() => new Isolate(options))
    expect(error.code).toMatch(/ERR_INVALID_ARG_TYPE|ERR_OUT_OF_RANGE/)
    expect(error.message).toContain(what)
    expect(Isolate.all()).toEqual([])
  })

  it('refuse an object that is a part of itself', () => {
    const loop: Record<string, object> = {}
    loop['loop'] = loop
    expect(thrown(() => new Isolate({ expose: loop as never })).message).toContain('options.expose.loop')
  })

  it('leave a guest without functions as it was', async () => {
    await using isolate = new Isolate({ expose: {} })
    await using plain = new Isolate()
    const names = 'Object.getOwnPropertyNames(globalThis).sort().join()'
    expect(await isolate.run(names)).toBe(await plain.run(names))
  })
})
