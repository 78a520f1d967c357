import { describe, expect, it } from 'vitest'
import { evaluate } from './helpers/evaluate.js'
import { Isolate, RemoteError } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'

// biome-ignore lint/suspicious/noExplicitAny: functions of any shape
type AnyFunction = (...args: any[]) => any

// Written as text so that the test runner's compiler leaves each form as it is.
const compile = (source: string): AnyFunction => evaluate<AnyFunction>(source)

// H116
describe('kinds of functions that can be called', () => {
  it.each([
    ['an arrow function', '(a, b) => a + b'],
    ['an arrow function with a body', '(a, b) => { return a + b }'],
    ['an arrow function after a comment', '/* => */ (a, b) => a + b'],
    ['an arrow function over lines', '(\n  a, // first )\n  b = ")"\n) =>\n  a + b'],
    ['a function expression', 'function (a, b) { return a + b }'],
    ['a named function', 'function add(a, b) { return add === undefined ? 0 : a + b }'],
    ['an async function', 'async function (a, b) { return a + await b }'],
    ['an async arrow function', 'async (a, b) => a + (await b)'],
    ['a method', '{ add(a, b) { return a + b } }.add'],
    ['an async method', '{ async add(a, b) { return a + await b } }.add'],
    ['a method with a quoted name', "{ 'a b'(a, b) { return a + b } }['a b']"],
    ['a method with a computed name', "{ [['a ('][0]](a, b) { return a + b } }['a (']"],
    ['a method with a number for a name', '{ 1(a, b) { return a + b } }[1]'],
    ['a method named function', '{ function(a, b) { return a + b } }.function'],
    ['a method named async', '{ async(a, b) { return a + b } }.async'],
    ['a method named get', '{ get(a, b) { return a + b } }.get'],
    ['a method named static', '{ static(a, b) { return a + b } }.static'],
    ['a method named like a reserved word', '{ if(a, b) { return a + b } }.if'],
    ['a static method', 'class { static add(a, b) { return a + b } }.add'],
    ['a function property', '{ add: (a, b) => a + b }.add'],
    ['a strict function', "function (a, b) { 'use strict'; return this === undefined ? a + b : 0 }"],
    ['a function made by Function', "new Function('a', 'b', 'return a + b')"],
    ['a sloppy function that names a variable await', 'function (a, await) { return a + await }'],
  ])('%s', async (_kind, source) => {
    using isolate = new Isolate()
    expect(await isolate.call(compile(source), [40, 2])).toBe(42)
  })
})

describe('kinds of functions that are refused', () => {
  it.each([
    ['a generator function', 'function* () {}'],
    ['an async generator function', 'async function* () {}'],
    ['a generator method', '{ *g() {} }.g'],
    ['an async generator method', '{ async *g() {} }.g'],
    ['a class', 'class {}'],
    ['a named class', 'class Named extends Object {}'],
    ['a builtin function', 'Math.max'],
    ['a builtin class', 'Map'],
    ['a bound function', '(function () {}).bind(null)'],
    ['a proxy of a function', 'new Proxy(function () {}, {})'],
  ])('%s', (_kind, source) => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.call(compile(source)))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_FUNCTION',
    })
    expect(thrown(() => isolate.callSync(compile(source)))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_FUNCTION',
    })
  })
})

// H102, H105, H108, H110, H111
describe('arguments and results', () => {
  it('are none and undefined when there are none', async () => {
    using isolate = new Isolate()
    expect(await isolate.call(compile('function () { return arguments.length }'))).toBe(0)
    expect(await isolate.call(() => {})).toBeUndefined()
  })

  it.each<[kind: string, source: string, args: unknown[], result: unknown]>([
    ['positional', '(a, b, c) => [a, b, c]', [1, 2, 3], [1, 2, 3]],
    ['missing', '(a, b) => [a, b]', [1], [1, undefined]],
    ['too many', '(a) => a', [1, 2], 1],
    ['default', '(a, b = a + 1, c = 9) => [a, b, c]', [1], [1, 2, 9]],
    ['default for undefined, not for null', '(a = 1, b = 2) => [a, b]', [undefined, null], [1, null]],
    ['rest', '(a, ...rest) => rest', [1, 2, 3], [2, 3]],
    ['destructured', '({ a, b: [c] }, [d = 4]) => [a, c, d]', [{ a: 1, b: [2] }, []], [1, 2, 4]],
    ['in arguments', 'function () { return [...arguments] }', [1, 2], [1, 2]],
  ])('in place: %s', (_kind, source, args, result) => {
    using isolate = new Isolate()
    expect(isolate.callSync(compile(source), args)).toEqual(result)
  })

  it('are copies: the caller’s object does not change', () => {
    using isolate = new Isolate()
    const list = [1]
    expect(isolate.callSync((there: number[]) => there.push(2), [list])).toBe(2)
    expect(list).toEqual([1])
  })

  it('are read when the call is made', async () => {
    using isolate = new Isolate()
    const list = [1]
    const result = isolate.call((there: number[]) => there.length, [list])
    list.push(2)
    expect(await result).toBe(1)
  })

  it('keep what they share', () => {
    using isolate = new Isolate()
    const shared = {}
    expect(
      isolate.callSync((a: object, b: object, list: object[]) => a === b && list[0] === a, [shared, shared, [shared]]),
    ).toBe(true)
  })

  it('leave the isolate’s own state alone when a result is changed', () => {
    using isolate = new Isolate({ globals: { list: [1] } })
    isolate.runSync<number[]>('list').push(2)
    expect(isolate.runSync('list.length')).toBe(1)
  })

  it('may be awaited', async () => {
    using isolate = new Isolate()
    expect(await isolate.call(async (a: number) => (await a) + 1, [1])).toBe(2)
    expect(isolate.callSync(async (a: number) => (await a) + 1, [1])).toBe(2)
  })
})

// H99, H113, H115, H118, H119
describe('scope', () => {
  it('is not the caller’s: a closure fails with a ReferenceError', async () => {
    using isolate = new Isolate()
    const hidden = 5
    await expect(isolate.call(() => hidden)).rejects.toMatchObject({
      name: 'ReferenceError',
      message: 'hidden is not defined',
    })
  })

  it('is the isolate’s global scope', async () => {
    using isolate = new Isolate()
    await isolate.run('let lexical = 1; var plain = 2')
    expect(await isolate.call(compile('() => { plain++; return lexical + plain }'))).toBe(4)
    expect(await isolate.run('plain')).toBe(3)
  })

  it('does not take the function’s name', async () => {
    using isolate = new Isolate()
    await isolate.call(compile('function fresh() {}'))
    expect(await isolate.run('typeof fresh')).toBe('undefined')
  })

  it('compiles a function once, however often it is called', () => {
    using isolate = new Isolate()
    const count = compile('function count() { return (count.calls = (count.calls ?? 0) + 1) }')
    expect([1, 2, 3].map(() => isolate.callSync(count))).toEqual([1, 2, 3])
  })

  it('of one isolate is not that of another', () => {
    using one = new Isolate()
    using other = new Isolate()
    const count = compile('function count() { return (count.calls = (count.calls ?? 0) + 1) }')
    expect([one.callSync(count), other.callSync(count), one.callSync(count)]).toEqual([1, 1, 2])
  })

  it('holds any number of different functions without growing over its limit', () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    const filler = 'x'.repeat(8192)
    for (let index = 0; index < 4000; index++) isolate.callSync(compile(`() => { /* ${filler} */ return ${index} }`))
    expect(isolate.callSync(compile('() => 1'))).toBe(1)
  })

  it('shows no parameter or helper of the library', () => {
    using isolate = new Isolate()
    expect(
      isolate.callSync(
        compile('() => [typeof args, typeof fn, typeof require, typeof process, typeof exports].join()'),
      ),
    ).toBe(Array(5).fill('undefined').join())
  })
})

describe('failures', () => {
  it('of the function reject', async () => {
    using isolate = new Isolate()
    const error = await failure(
      isolate.call(compile("function boom() { throw new RangeError('no') }"), [], { filename: 'work.js' }),
    )
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'RangeError', message: 'no' })
    expect(error.stack).toMatch(/at boom \(work\.js:1:/)
  })

  it('of an async function reject', async () => {
    using isolate = new Isolate()
    await expect(
      isolate.call(async () => {
        throw new RangeError('no')
      }),
    ).rejects.toMatchObject({ name: 'RangeError' })
  })

  it('leave the isolate as it was', async () => {
    using isolate = new Isolate()
    await failure(
      isolate.call(() => {
        throw new Error('x')
      }),
    )
    expect(await isolate.call(() => 1)).toBe(1)
  })

  it('of a method that needs the rest of its class are syntax errors', async () => {
    using isolate = new Isolate()
    const method = compile('class { #x = 1; m() { return this.#x } }.prototype.m')
    await expect(failure(async () => isolate.call(method))).resolves.toMatchObject({ name: 'SyntaxError' })
    expect(await isolate.call(() => 1)).toBe(1)
  })
})
