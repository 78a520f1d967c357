import { describe, expect, it } from 'vitest'
import { evaluate } from './helpers/evaluate.js'
import { Isolate, IsolateError, NotShareableError } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'

const count = (...values: unknown[]): number => values.length

// A guest can call the functions of its host: see expose.test.ts.
const functions: [kind: string, source: string][] = [
  ['a function', '() => 1'],
  ['a builtin', 'Math.max'],
]

const kinds: [kind: string, source: string][] = [
  ['a class', 'class {}'],
  ['a symbol', 'Symbol("s")'],
  ['a well-known symbol', 'Symbol.iterator'],
  ['a boxed symbol', 'Object(Symbol("s"))'],
  ['a WeakMap', 'new WeakMap()'],
  ['a WeakSet', 'new WeakSet()'],
  ['a WeakRef', 'new WeakRef({})'],
  ['a FinalizationRegistry', 'new FinalizationRegistry(() => {})'],
  ['a promise', 'Promise.resolve(1)'],
  ['a proxy', 'new Proxy({}, {})'],
  ['a proxy of an array', 'new Proxy([], {})'],
  ['a revoked proxy', '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()'],
  ['a generator', '(function* () {})()'],
  ['an iterator of a map', 'new Map().entries()'],
  ['a formatter', 'new Intl.NumberFormat("en")'],
]

// H104, H109, H117
describe.each(kinds)('%s cannot be shared', (_kind, source) => {
  it('as an argument', async () => {
    using isolate = new Isolate()
    const error = await failure(async () => isolate.call(count, [0, evaluate(source)]))
    expect(error).toBeInstanceOf(NotShareableError)
    expect(error).toMatchObject({ code: 'ERR_NOT_SHAREABLE', path: 'args[1]' })
  })

  it('inside an argument', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.callSync(count, [{ list: [0, 1, 2, { deep: evaluate(source) }] }]))).toMatchObject({
      path: 'args[0].list[3].deep',
    })
  })

  it('inside a result', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run(`({ list: [0, { deep: ${source} }] })`))
    expect(error).toBeInstanceOf(NotShareableError)
    expect(error.path).toMatch(/\.list\[1\]\.deep$/)
  })

  it('as a global', async () => {
    using isolate = new Isolate()
    const error = await failure(async () => isolate.set({ fine: 1, broken: evaluate(source) }))
    expect(error).toBeInstanceOf(NotShareableError)
    expect(error.path).toMatch(/(^|\.)broken$/)
  })
})

it.each(functions)('%s cannot leave the guest', async (_kind, source) => {
  using isolate = new Isolate()
  const error = await failure(isolate.run(`({ list: [0, { deep: ${source} }] })`))
  expect(error).toBeInstanceOf(NotShareableError)
  expect(error.path).toMatch(/\.list\[1\]\.deep$/)
})

describe('objects of the host cannot be shared', () => {
  it.each<[string, () => unknown]>([
    ['a MessagePort', () => new MessageChannel().port1],
    ['an isolate', () => Isolate.all()[0]],
  ])('%s', (_kind, value) => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.callSync(count, [value()]))).toBeInstanceOf(NotShareableError)
  })
})

describe('the path', () => {
  const bad = Symbol('bad')

  it.each<[string, unknown, string]>([
    ['a key that is no identifier', { 'a b': [bad] }, 'args[0]["a b"][0]'],
    ['an empty key', { '': bad }, 'args[0][""]'],
    ['a key that needs escapes', { "it's\n": bad }, 'args[0]["it\'s\\n"]'],
    ['a hole before it', Object.assign(new Array(1), { 1: bad }), 'args[0][1]'],
    [
      'a getter',
      {
        get a() {
          return { bad }
        },
      },
      'args[0].a.bad',
    ],
    ['the cause of an error', new Error('x', { cause: { bad } }), 'args[0].cause.bad'],
  ])('through %s', (_kind, value, path) => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.callSync(count, [value]))).toMatchObject({ path })
  })

  it.each<[string, unknown]>([
    ['a map’s value', { map: new Map([['key', { bad }]]) }],
    ['a map’s key', { map: new Map([[{ bad }, 1]]) }],
    ['a set’s member', { map: new Set([1, { bad }]) }],
  ])('through %s begins at the argument and ends at the property', (_kind, value) => {
    using isolate = new Isolate()
    const { path } = thrown(() => isolate.callSync(count, [value]))
    expect(path).toMatch(/^args\[0\]\.map.+\.bad$/)
  })

  it('is part of the message, with what was found there', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.callSync(count, [{ handler: bad }])).message).toMatch(
      /symbol.*args\[0\]\.handler|args\[0\]\.handler.*symbol/s,
    )
  })

  it('is that of the first of several', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.callSync(count, [{ a: 1, b: bad, c: bad }]))).toMatchObject({ path: 'args[0].b' })
  })
})

describe('when a value cannot be shared', () => {
  it('the error is of this library’s family', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.callSync(count, [Symbol('s')]))).toBeInstanceOf(IsolateError)
  })

  it('the function is not called', async () => {
    using isolate = new Isolate()
    await failure(async () =>
      isolate.call(new Function('globalThis.ran = true') as (value: unknown) => void, [Symbol('s')]),
    )
    expect(await isolate.run('typeof ran')).toBe('undefined')
  })

  it('the source is not run', async () => {
    using isolate = new Isolate()
    await failure(async () => isolate.run('globalThis.ran = true', { globals: { bad: Symbol('s') } }))
    expect(await isolate.run('typeof ran')).toBe('undefined')
  })

  // E68
  it('no global is bound', async () => {
    using isolate = new Isolate()
    await failure(async () => isolate.set({ first: 1, bad: Symbol('bad'), last: 2 }))
    expect(await isolate.run('[typeof first, typeof last].join()')).toBe('undefined,undefined')
  })

  it('get rejects', async () => {
    using isolate = new Isolate()
    await isolate.run('function local() {}')
    await expect(isolate.get('local')).rejects.toBeInstanceOf(NotShareableError)
  })

  it('the next call works', async () => {
    using isolate = new Isolate()
    await failure(async () => isolate.call(() => Symbol('s')))
    expect(await isolate.call((a: number) => a, [1])).toBe(1)
  })
})
