import { describe, expect, it } from 'vitest'
import { depict } from './helpers/depict.js'
import { evaluate } from './helpers/evaluate.js'
import { expressions } from './helpers/expressions.js'
import { Isolate } from './helpers/isolates.js'

describe.each(Object.entries(expressions))('%s', (_kind, sources) => {
  it.each(sources)('to a guest: %s', (source) => {
    using isolate = new Isolate()
    expect(isolate.callSync(depict, [evaluate(source)])).toBe(depict(structuredClone(evaluate(source))))
  })

  it.each(sources)('from a guest: %s', (source) => {
    using isolate = new Isolate()
    expect(depict(isolate.runSync(`(${source})`))).toBe(depict(structuredClone(evaluate(source))))
  })
})

describe('more of an error than structured clone keeps', () => {
  const source =
    '(() => { class MyError extends TypeError { name = "MyError"; code = "E_MINE"; data = { list: [1] } }; return new MyError("text", { cause: 1 }) })()'

  it.each(['to', 'from'])('its class, name and own properties, %s a guest', (direction) => {
    using isolate = new Isolate()
    const described = (error: TypeError & { code: string; data: unknown }): unknown[] => [
      error instanceof TypeError,
      error.name,
      error.message,
      error.code,
      JSON.stringify(error.data),
      error.cause,
    ]
    const seen =
      direction === 'to'
        ? isolate.callSync(described, [evaluate(source)] as never)
        : described(isolate.runSync(`(${source})`))
    expect(seen).toEqual([true, 'MyError', 'text', 'E_MINE', '{"list":[1]}', 1])
  })

  it('the stack of where it was made', () => {
    using isolate = new Isolate()
    const error = isolate.runSync<Error>("function maker() { return new Error('made') }; maker()", {
      filename: 'made.js',
    })
    expect(error.stack).toMatch(/^Error: made\n +at maker \(made\.js:1:/)
    expect(isolate.callSync((there: Error) => there.stack, [error])).toBe(error.stack)
  })

  it.each(['to', 'from'])('the errors of an AggregateError, %s a guest', (direction) => {
    using isolate = new Isolate()
    const list = 'new AggregateError([new RangeError("a"), 5], "all")'
    const described = (error: AggregateError): unknown[] => [
      error instanceof AggregateError,
      error.message,
      error.errors[0].name,
      error.errors[1],
    ]
    const seen =
      direction === 'to' ? isolate.callSync(described, [evaluate(list)] as never) : described(isolate.runSync(list))
    expect(seen).toEqual([true, 'all', 'RangeError', 5])
  })
})

it('an error that is its own cause arrives as that', () => {
  using isolate = new Isolate()
  const error = new Error('loop')
  error.cause = error
  expect(isolate.callSync((there: Error) => there.cause === there, [error])).toBe(true)
  const back = isolate.runSync<Error>("const loop = new Error('loop'); loop.cause = loop; loop")
  expect(back.cause).toBe(back)
})

describe('getters', () => {
  it('of an argument that throws throw where the call is made', () => {
    using isolate = new Isolate()
    const broken = {
      get a() {
        throw new RangeError('from the getter')
      },
    }
    expect(() => isolate.callSync((_value: unknown) => 1, [broken])).toThrow('from the getter')
  })

  it('of a result that throws fail the call with that error', () => {
    using isolate = new Isolate()
    expect(() => isolate.runSync("({ list: [{ get a() { throw new RangeError('from the getter') } }] })")).toThrow(
      'from the getter',
    )
    expect(isolate.runSync('1')).toBe(1)
  })

  it.each([
    ['delete what comes later', '(() => { const o = { get a() { delete o.b; return 1 }, b: 2, c: 3 }; return o })()'],
    ['add what comes later', '(() => { const o = { get a() { o.z = 9; return 1 }, b: 2 }; return o })()'],
    [
      'shrink the array they are in',
      '(() => { const l = [1, 2, 3, 4, 5]; Object.defineProperty(l, 0, { enumerable: true, get() { l.length = 2; return 1 } }); return l })()',
    ],
    [
      'grow the array they are in',
      '(() => { const l = [1, 2]; Object.defineProperty(l, 0, { enumerable: true, get() { l.push(3); return 1 } }); return l })()',
    ],
    [
      'change the map they are in',
      '(() => { const m = new Map(); m.set(1, { get a() { m.clear(); return 1 } }).set(2, 3); return m })()',
    ],
  ])('that %s are survived as structured clone survives them', (_kind, source) => {
    using isolate = new Isolate()
    const expected = depict(structuredClone(evaluate(source)))
    expect(isolate.callSync(depict, [evaluate(source)])).toBe(expected)
    expect(depict(isolate.runSync(`(${source})`))).toBe(expected)
  })
})

describe('size and depth', () => {
  it.each(['x', '字'])('10 million characters (%s) arrive whole', (character) => {
    using isolate = new Isolate()
    const text = character.repeat(10_000_000)
    expect(isolate.callSync((there: string) => there, [text]) === text).toBe(true)
  })

  it('a million numbers arrive whole', () => {
    using isolate = new Isolate()
    const list = Array.from({ length: 1_000_000 }, (_, index) => index / 3)
    const back = isolate.callSync((there: number[]) => there, [list])
    expect(back.length === list.length && back.every((item, index) => item === list[index])).toBe(true)
  })

  it('too deep a value is an error on the host, not a crash', () => {
    using isolate = new Isolate()
    let deep: unknown[] = []
    for (let level = 0; level < 1_000_000; level++) deep = [deep]
    expect(() => isolate.callSync((_value: unknown) => 1, [deep])).toThrow(Error)
    expect(isolate.callSync(() => 1)).toBe(1)
  })

  it('too deep a result is an error, not a crash', () => {
    using isolate = new Isolate()
    expect(() => isolate.runSync('let deep = []; for (let i = 0; i < 1e6; i++) deep = [deep]; deep')).toThrow(Error)
    expect(isolate.runSync('1')).toBe(1)
  })

  it('a value nested 1,000 deep arrives', () => {
    using isolate = new Isolate()
    let deep: unknown[] = []
    for (let level = 0; level < 1000; level++) deep = [deep]
    expect(depict(isolate.callSync((there: unknown) => there, [deep]))).toBe(depict(deep))
  })
})

it('what arrives belongs to the realm it arrives in', () => {
  using isolate = new Isolate()
  const kinds = (value: unknown[]): boolean =>
    value.constructor === Array &&
    value[0] instanceof Map &&
    value[1] instanceof Date &&
    Object.getPrototypeOf(value[2]) === Object.prototype
  expect(isolate.callSync(kinds, [[new Map(), new Date(), {}]])).toBe(true)
  expect(kinds(isolate.runSync('[new Map(), new Date(), {}]'))).toBe(true)
})
