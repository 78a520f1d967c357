import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './helpers/child.js'
import {
  Isolate,
  IsolateClosedError,
  IsolateError,
  MemoryLimitError,
  NotShareableError,
  RemoteError,
  TimeoutError,
} from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'

/** What a fresh isolate makes of `source`, which must fail. */
async function remote(source: string, filename = 'guest.js'): Promise<ReturnType<typeof thrown>> {
  using isolate = new Isolate()
  const error = await failure(isolate.run(source, { filename }))
  expect(error).toBeInstanceOf(RemoteError)
  expect(await isolate.run('1'), 'the isolate lives on').toBe(1)
  return error
}

describe('the family of errors', () => {
  it.each([
    ['RemoteError', RemoteError],
    ['TimeoutError', TimeoutError],
    ['MemoryLimitError', MemoryLimitError],
    ['IsolateClosedError', IsolateClosedError],
    ['NotShareableError', NotShareableError],
  ])('%s is an IsolateError, which is an Error', (name, Class) => {
    expect(Class.name).toBe(name)
    expect(Class.prototype).toBeInstanceOf(IsolateError)
    expect(IsolateError.prototype).toBeInstanceOf(Error)
  })

  it('has stable codes', async () => {
    using isolate = new Isolate()
    const closed = new Isolate()
    closed.terminate()
    const codes = [
      await failure(isolate.run('throw new Error()')),
      await failure(isolate.run('for (;;);', { timeout: 5 })),
      await failure(isolate.run('() => 1')),
      await failure(async () => closed.run('1')),
    ].map(({ code }) => code)
    expect(codes).toEqual(['ERR_REMOTE', 'ERR_TIMEOUT', 'ERR_NOT_SHAREABLE', 'ERR_ISOLATE_CLOSED'])
  })
})

// F77 to F79, F87, F88, H115
describe('what a guest throws keeps', () => {
  it.each(['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'])(
    'the name and message of %s',
    async (name) => {
      expect(await remote(`throw new ${name}('text')`)).toMatchObject({ name, message: 'text' })
    },
  )

  it('the name of its own class', async () => {
    expect(await remote("class MyError extends Error { name = 'MyError' }; throw new MyError('text')")).toMatchObject({
      name: 'MyError',
      message: 'text',
    })
  })

  it('the name of a class that sets none', async () => {
    expect(await remote("class MyError extends Error {}; throw new MyError('text')")).toMatchObject({
      name: 'MyError',
      message: 'text',
    })
  })

  it('its own properties, among them its code', async () => {
    const error = await remote(
      "throw Object.assign(new Error('x'), { code: 'ENOENT', errno: -2, detail: { list: [1] } })",
    )
    expect(error).toMatchObject({ code: 'ENOENT', errno: -2, detail: { list: [1] } })
  })

  it('an empty message', async () => {
    expect((await remote('throw new Error()')).message).toBe('')
  })

  it('a message of a million characters', async () => {
    expect((await remote("throw new Error('m'.repeat(1e6))")).message === 'm'.repeat(1e6)).toBe(true)
  })

  it('its chain of causes', async () => {
    const error = await remote("throw new Error('a', { cause: new TypeError('b', { cause: 'c' }) })")
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'b', cause: 'c' })
  })

  it('a cause that is the error itself', async () => {
    const error = await remote("const e = new Error('loop'); e.cause = e; throw e")
    expect(error.cause.message).toBe('loop')
  })

  it('the errors of an AggregateError', async () => {
    const error = await remote("await Promise.any([Promise.reject(new RangeError('a')), Promise.reject(5)])")
    expect(error.name).toBe('AggregateError')
    expect([error.errors[0].name, error.errors[1]]).toEqual(['RangeError', 5])
  })

  it('no own property cause when there was none', async () => {
    expect('cause' in (await remote("throw new Error('x')"))).toBe(false)
  })
})

describe('the stack', () => {
  it('shows the guest’s frames, then the host’s at the call', async () => {
    const { stack } = await remote("function inner() { throw new Error('x') }\nfunction outer() { inner() }\nouter()")
    const frames = [
      /^Error: x\n/,
      /at inner \(guest\.js:1:26\)/,
      /at outer \(guest\.js:2:20\)/,
      /guest\.js:3:1/,
      /errors\.test\.ts/,
    ].map((frame) => stack.search(frame))
    expect(frames[0]).toBe(0)
    expect(frames).toEqual([...frames].sort((a, b) => a - b))
  })

  it('shows both sides of runSync, and nothing of the library between them', () => {
    using isolate = new Isolate()
    const { stack } = thrown(() => isolate.runSync("throw new Error('x')", { filename: 'guest.js' }))
    expect(stack).toMatch(/guest\.js:1:7/)
    expect(stack).toMatch(/errors\.test\.ts/)
    expect(stack).not.toContain(join(root, 'dist'))
  })

  it('is whole although the guest set Error.stackTraceLimit to 0', async () => {
    const error = await remote("Error.stackTraceLimit = 0; throw new Error('x')")
    expect(error.stack).toMatch(/^Error: x\n.*errors\.test\.ts/s)
  })

  it('survives a guest’s own Error.prepareStackTrace', async () => {
    expect(await remote("Error.prepareStackTrace = () => { throw 1 }; throw new Error('x')")).toMatchObject({
      name: 'Error',
      message: 'x',
    })
  })
})

describe('what is thrown without being an error', () => {
  it.each<[source: string, cause: unknown, text: string]>([
    ['5', 5, '5'],
    ["'text'", 'text', 'text'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['false', false, 'false'],
    ['0', 0, '0'],
    ["''", '', ''],
    ['10n', 10n, '10'],
    ['({ a: [1] })', { a: [1] }, ''],
    ['Object.create(null)', {}, ''],
  ])('%s is the cause, and in the message', async (source, cause, text) => {
    const error = await remote(`throw ${source}`)
    expect(error.message).toMatch(/^Uncaught/)
    expect(error.message).toContain(text)
    expect('cause' in error).toBe(true)
    expect(error.cause).toEqual(cause)
  })

  it.each(["Symbol('s')", '() => 1', 'new Proxy({}, {})', 'Promise.resolve(1)'])(
    '%s, which cannot be shared, is in the message',
    async (source) => {
      expect((await remote(`throw ${source}`)).message).toMatch(/^Uncaught/)
    },
  )

  it('arrives the same way from a rejection', async () => {
    expect(await remote('await Promise.reject(5)')).toMatchObject({ message: 'Uncaught 5', cause: 5 })
  })
})

// F80: whatever is thrown, the host gets an error, and the isolate lives.
describe('what resists being looked at', () => {
  it.each([
    ['a frozen error', "throw Object.freeze(new Error('x'))"],
    ['a proxy of an error', "throw new Proxy(new Error('x'), {})"],
    [
      'a proxy whose traps throw',
      "throw new Proxy(new Error('x'), { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 } })",
    ],
    ['a revoked proxy', 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy'],
    [
      'getters that throw',
      "throw Object.defineProperties(new Error('x'), Object.fromEntries(['name', 'message', 'stack', 'cause', 'own'].map((k) => [k, { enumerable: true, get() { throw k } }])))",
    ],
    ['a toString that throws', 'throw { toString() { throw 1 }, [Symbol.toPrimitive]() { throw 2 } }'],
    [
      'a getter that throws another such',
      'const evil = () => ({ get message() { throw evil() }, toString() { throw evil() } }); throw evil()',
    ],
    ['names that are no strings', "throw Object.assign(new Error('x'), { name: Symbol('n'), message: {}, stack: 5 })"],
    ['own properties that cannot be shared', "throw Object.assign(new Error('x'), { fn() {}, symbol: Symbol('s') })"],
    ['a prototype of null', "throw Object.setPrototypeOf(new Error('x'), null)"],
    ['a cause that cannot be shared', "throw new Error('x', { cause: () => 1 })"],
    [
      'a getter that never ends within a stack overflow',
      'throw { get message() { return this.message }, get stack() { return this.stack } }',
    ],
  ])('%s', async (_kind, source) => {
    expect(typeof (await remote(source)).message).toBe('string')
  })

  it('keeps the properties that can be shared', async () => {
    expect(await remote("throw Object.assign(new Error('x'), { fn() {}, code: 'E_X', detail: 5 })")).toMatchObject({
      message: 'x',
      code: 'E_X',
      detail: 5,
    })
  })

  it('arrive from the web platform as the errors they are', async () => {
    using isolate = new Isolate()
    const aborted = await failure(isolate.run("throw new DOMException('enough', { name: 'AbortError', cause: 7 })"))
    expect(aborted).toBeInstanceOf(Error)
    expect(aborted).toMatchObject({ name: 'AbortError', message: 'enough', cause: 7, code: 'ERR_REMOTE' })
    expect(aborted.stack).toMatch(/^AbortError: enough\n +at isolate:run:1/)
    const refused = await failure(isolate.run('structuredClone(() => {})'))
    expect(refused.name).toBe('DataCloneError')
  })
})
