import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { root } from './helpers/child.js'
import { Isolate, RemoteReference } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const counter =
  '({ count: 0, add(n) { return (this.count += n) }, get twice() { return this.count * 2 }, get bad() { throw new TypeError("bad") } })'

describe('a reference', () => {
  it.each([
    ['undefined', 'undefined'],
    ['null', 'object'],
    ['true', 'boolean'],
    ['1.5', 'number'],
    ['10n', 'bigint'],
    ['"text"', 'string'],
    ['Symbol("s")', 'symbol'],
    ['({})', 'object'],
    ['(() => 1)', 'function'],
    ['(class {})', 'function'],
  ])('to %s knows its type', async (source, type) => {
    await using isolate = new Isolate()
    using reference = await isolate.ref(source)
    expect(reference.typeof).toBe(type)
    expect(inspect(reference)).toBe(`RemoteReference { ${type} }`)
  })

  it('gets and sets properties', async () => {
    await using isolate = new Isolate()
    using object = await isolate.ref(counter)
    expect(await object.set('count', 5)).toBeUndefined()
    expect([await object.get('count'), await object.get('twice'), await object.get('missing')]).toEqual([
      5,
      10,
      undefined,
    ])
    using list = await isolate.ref('[1, 2, 3]')
    expect([await list.get(1), await list.get('length')]).toEqual([2, 3])
  })

  it('calls functions, with this and arguments', async () => {
    await using isolate = new Isolate()
    using object = await isolate.ref(counter)
    using add = await object.get('add', { result: 'reference' })
    expect(await add.call([5], { this: object })).toBe(5)
    expect(await add.call([6], { this: object })).toBe(11)
    expect(await add.call([6], { this: { count: 1 } })).toBe(7)
    expect(await object.get('count')).toBe(11)
  })

  it('awaits promises', async () => {
    await using isolate = new Isolate()
    using later = await isolate.ref('async (n) => n + 1')
    expect(await later.call([1])).toBe(2)
    using object = await isolate.ref('({ promise: Promise.resolve(3) })')
    expect(await object.get('promise')).toBe(3)
    using awaited = await isolate.ref('Promise.resolve({ a: 1 })')
    expect(await awaited.copy()).toEqual({ a: 1 })
  })

  it('makes objects of classes', async () => {
    await using isolate = new Isolate()
    using Point = await isolate.ref(
      '(class Point { constructor(x, y) { this.x = x; this.y = y } get sum() { return this.x + this.y } })',
    )
    using point = await Point.construct([1, 2])
    expect(point).toBeInstanceOf(RemoteReference)
    expect([await point.get('sum'), await point.copy()]).toEqual([3, { x: 1, y: 2 }])
  })

  it('is copied only when it is asked for', async () => {
    await using isolate = new Isolate()
    using object = await isolate.ref('({ list: [1], fn() {} })')
    const error = await failure(object.copy())
    expect(error).toMatchObject({ name: 'NotShareableError', path: 'result.fn' })
    using list = await object.get<number[]>('list', { result: 'reference' })
    const copy = await list.copy()
    copy.push(2)
    expect(await list.copy()).toEqual([1])
  })

  it('given to its own isolate is the value itself', async () => {
    await using isolate = new Isolate()
    using a = await isolate.ref('globalThis.a = { deep: {} }')
    using b = await a.get('deep', { result: 'reference' })
    using symbol = await isolate.ref('globalThis.symbol = Symbol("s")')
    expect(
      await isolate.call(
        new Function('x', 'y', 's', 'return x === a && y.list[0] === a.deep && s === symbol') as never,
        [a, { list: [b] }, symbol] as never,
      ),
    ).toBe(true)
    expect(isolate.callSync(new Function('x', 'return x === a') as never, [a] as never)).toBe(true)
    expect(await isolate.run('given === a', { globals: { given: a } })).toBe(true)
    await isolate.set({ again: a })
    expect(await isolate.run('again === a')).toBe(true)
    await a.set('self', a)
    expect(await isolate.run('a.self === a')).toBe(true)
  })

  it('is made of what a function returns', async () => {
    await using isolate = new Isolate()
    using list = await isolate.ref((n: number) => new Array(n).fill(1), [3])
    expect(await list.copy()).toEqual([1, 1, 1])
    using same = await isolate.ref((value: unknown) => value, [list])
    expect(await isolate.call((x: unknown, y: unknown) => x === y, [list, same] as never)).toBe(true)
  })

  it('may get functions of the host as arguments', async () => {
    await using isolate = new Isolate()
    using each = await isolate.ref('async (f) => { for (let i = 0; i < 3; i++) await f(i) }')
    const seen: number[] = []
    await each.call([(n: number) => void seen.push(n)])
    expect(seen).toEqual([0, 1, 2])
  })

  it('moves buffers', async () => {
    await using isolate = new Isolate()
    using length = await isolate.ref('(buffer) => buffer.byteLength')
    const buffer = new ArrayBuffer(8)
    expect(await length.call([buffer], { transfer: [buffer] })).toBe(8)
    expect(buffer.byteLength).toBe(0)
  })
})

describe('what a reference is asked', () => {
  it('rejects with what the guest throws, and the stacks of both', async () => {
    await using isolate = new Isolate()
    using object = await isolate.ref(counter, { filename: 'counter.js' })
    const error = await failure(object.get('bad'))
    expect(error).toMatchObject({ name: 'TypeError', message: 'bad', code: 'ERR_REMOTE' })
    expect(error.stack).toMatch(/counter\.js:1:\d+/)
    expect(error.stack).toContain('remote-reference.test.ts')
    expect(error.stack).not.toContain(join(root, 'dist'))
  })

  it.each<[string, (reference: RemoteReference) => Promise<unknown>]>([
    ['call of an object', (reference) => reference.call()],
    ['construct of an object', (reference) => reference.construct()],
    ['set of a frozen property', (reference) => reference.set('a', 2)],
  ])('rejects: %s', async (_kind, ask) => {
    await using isolate = new Isolate()
    using frozen = await isolate.ref('Object.freeze({ a: 1 })')
    expect(await failure(ask(frozen))).toMatchObject({ name: 'TypeError', code: 'ERR_REMOTE' })
  })

  it('can be limited in time, and given up', async () => {
    await using isolate = new Isolate()
    using endless = await isolate.ref('() => { for (;;); }')
    expect(await failure(endless.call([], { timeout: 20 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    using never = await isolate.ref('() => new Promise(() => {})')
    const controller = new AbortController()
    const calling = failure(never.call([], { signal: controller.signal }))
    controller.abort('enough')
    expect(await calling).toBe('enough')
    expect(await failure(isolate.ref('for (;;);', { timeout: 20 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('has the isolate’s own timeout', async () => {
    await using isolate = new Isolate({ timeout: 30 })
    using endless = await isolate.ref('() => { for (;;); }')
    expect(await failure(endless.call())).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('cannot be begun with what is no function and no text', async () => {
    await using isolate = new Isolate()
    expect(thrown(() => isolate.ref(5 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => isolate.ref('1', { wrong: 1 } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it.each<[string, (reference: RemoteReference) => unknown, RegExp]>([
    ['an unknown option', (r) => r.copy({ wrong: 1 } as never), /no option "wrong"/],
    ['a result of no kind', (r) => r.get('a', { result: 'both' as never }), /options\.result/],
    ['a key that is a symbol', (r) => r.get(Symbol.iterator as never), /^key/],
    ['arguments that are no array', (r) => r.call(5 as never), /^args/],
    ['a timeout of 0', (r) => r.call([], { timeout: 0 }), /options\.timeout/],
  ])('throws for %s', async (_kind, ask, message) => {
    await using isolate = new Isolate()
    using reference = await isolate.ref('({})')
    expect(thrown(() => ask(reference)).message).toMatch(message)
  })
})

describe('the end of a reference', () => {
  it('is dispose(), after which it can do nothing', async () => {
    await using isolate = new Isolate()
    const reference = await isolate.ref('({})')
    reference.dispose()
    reference.dispose()
    expect(reference.disposed).toBe(true)
    expect(inspect(reference)).toBe('RemoteReference { disposed }')
    expect(await failure(reference.get('a'))).toMatchObject({ code: 'ERR_INVALID_REFERENCE' })
    expect(await failure(isolate.call((x: unknown) => x, [reference] as never))).toMatchObject({
      code: 'ERR_INVALID_REFERENCE',
    })
  })

  const watched = `globalThis.gone = false; globalThis.registry = new FinalizationRegistry(() => { gone = true });
    (() => { const value = { a: 1 }; registry.register(value); return value })()`
  // Survivors of many small collections, which only a large one finds dead.
  const fill = '{ const list = []; for (let i = 0; i < 200; i++) list.push(new Array(10000).fill(i)) }'

  it.each(['dispose', 'collect'])('lets the guest collect the value: %s', async (how) => {
    await using isolate = new Isolate({ memoryLimit: 32 })
    const make = async (): Promise<void> => {
      const reference = await isolate.ref(watched)
      expect(await reference.get('a')).toBe(1)
      if (how === 'dispose') reference.dispose()
    }
    await make()
    await until(() => {
      globalThis.gc?.()
      isolate.runSync(fill)
      return isolate.runSync('gone')
    }, 'the value is collected')
  })

  it('does not come while it is held', async () => {
    await using isolate = new Isolate()
    using reference = await isolate.ref(watched)
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.()
      await isolate.run(fill)
    }
    expect([await isolate.run('gone'), await reference.get('a')]).toEqual([false, 1])
  })

  it('comes with its isolate', async () => {
    const isolate = new Isolate()
    const reference = await isolate.ref('({ get a() { for (;;); } })')
    const asked = failure(reference.get('a'))
    isolate.terminate()
    expect(await asked).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    expect(await failure(reference.get('a'))).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    expect(await failure(reference.set('a', 2))).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    reference.dispose()
  })

  it('keeps its isolate until then', async () => {
    const make = async (): Promise<RemoteReference> => await new Isolate().ref('({ a: 1 })')
    const reference = await make()
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.()
      expect(await reference.get('a')).toBe(1)
    }
    for (const isolate of Isolate.all()) isolate.terminate()
  })

  it('does not reach another isolate', async () => {
    await using a = new Isolate()
    await using b = new Isolate()
    using reference = await a.ref('({ secret: 1 })')
    const error = await failure(b.call((x: { secret: number }) => x.secret, [reference] as never))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_REFERENCE' })
    expect(error.message).toMatch(/another/)
    expect(thrown(() => new Isolate({ globals: { reference } }))).toMatchObject({ code: 'ERR_INVALID_REFERENCE' })
    expect(await failure(async () => b.set({ reference }))).toMatchObject({ code: 'ERR_INVALID_REFERENCE' })
  })
})
