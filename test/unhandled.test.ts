import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'
import {
  Isolate,
  IsolateClosedError,
  type IsolateError,
  type IsolateOptions,
  RemoteError,
  type UncaughtDetails,
} from './helpers/isolates.js'
import { failure, outcome, thrown } from './helpers/outcome.js'
import { patience, until } from './helpers/until.js'

type Told = [UncaughtDetails['kind'], IsolateError]

/** An isolate, and what its listener was told. */
function listening(options?: IsolateOptions): { isolate: Isolate; told: Told[]; [Symbol.dispose](): void } {
  const isolate = new Isolate(options)
  const told: Told[] = []
  isolate.on('error', (error, { kind }) => told.push([kind, error]))
  return { isolate, told, [Symbol.dispose]: () => isolate.terminate() }
}

const messages = (told: Told[]): string[] => told.map(([, { message }]) => message)

describe('an error that no call ends with is told', () => {
  it.each([
    ['a timeout', "setTimeout(fail, 1, 'late')", 'uncaughtException'],
    ['an immediate', "setImmediate(fail, 'late')", 'uncaughtException'],
    ['a microtask', "queueMicrotask(() => fail('late'))", 'uncaughtException'],
    ['a rejected promise', "Promise.reject(new TypeError('late'))", 'unhandledRejection'],
    ['an async function', "(async () => { await null; fail('late') })()", 'unhandledRejection'],
    ['a then without a catch', "Promise.resolve('late').then(fail)", 'unhandledRejection'],
    ['an async callback', "setTimeout(async () => fail('late'), 1)", 'unhandledRejection'],
    ['a finally', "Promise.resolve().finally(() => fail('late'))", 'unhandledRejection'],
  ])('of %s', async (_origin, source, kind) => {
    using context = listening()
    const { isolate, told } = context
    await isolate.run(
      `function fail(message) { throw Object.assign(new TypeError(message, { cause: 'deep' }), { extra: [1] }) }\n${source}; 0`,
    )
    await until(() => told.length > 0, 'the error')
    expect(told[0]?.[0]).toBe(kind)
    const [, error] = told[0] as Told
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'TypeError', message: 'late', code: 'ERR_REMOTE' })
    expect(error.stack).toMatch(/^TypeError: late\n {4}at .*isolate:run:[12]:\d+/)
    expect(error.stack).not.toContain('isolates:guest')
    expect(await isolate.run('1 + 1')).toBe(2)
    expect(told.length).toBe(1)
  })

  it.each(['5', "'text'", 'null', 'undefined', '({ a: 1 })', '() => 1', 'Symbol("s")'])(
    'when %s was thrown or rejected with',
    async (value) => {
      using context = listening()
      const { isolate, told } = context
      await isolate.run(
        `const value = ${value}; setTimeout(() => { throw value }, 1); Promise.reject(value); queueMicrotask(() => { throw value }); 0`,
      )
      await until(() => told.length === 3, 'three errors')
      expect(new Set(messages(told)).size).toBe(1)
      expect(told.every(([, { message }]) => message.startsWith('Uncaught '))).toBe(true)
    },
  )

  it('before the call that caused it has its result', async () => {
    using context = listening()
    const { isolate, told } = context
    expect(await isolate.run("Promise.reject(new Error('first')); 5")).toBe(5)
    expect(messages(told)).toEqual(['first'])
    expect(isolate.runSync("Promise.reject(new Error('second')); 6")).toBe(6)
    expect(messages(told)).toEqual(['first', 'second'])
  })

  it('beside the error that the call itself ends with', async () => {
    using context = listening()
    const { isolate, told } = context
    expect((await failure(isolate.run("Promise.reject(new Error('stray')); throw new Error('own')"))).message).toBe(
      'own',
    )
    expect(messages(told)).toEqual(['stray'])
  })

  it('when the promise of a synchronous call is rejected later', async () => {
    using context = listening()
    const { isolate, told } = context
    const source = "new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 1))"
    expect(thrown(() => isolate.runSync(source)).code).toBe('ERR_PENDING_PROMISE')
    await until(() => told.length === 1, 'the rejection')
  })

  it('once, though it is handled later on', async () => {
    using context = listening()
    const { isolate, told } = context
    await isolate.run("globalThis.rejected = Promise.reject(new Error('late')); 0")
    expect(await isolate.run('rejected.catch(({ message }) => message)')).toBe('late')
    expect(messages(told)).toEqual(['late'])
  })

  it('however hostile it is', async () => {
    using context = listening({ timeout: 200 })
    const { isolate, told } = context
    await isolate.run(`
      const hostile = [
        new Proxy(new Error(), { get() { throw 1 }, getPrototypeOf() { throw 2 }, ownKeys() { throw 3 } }),
        Object.defineProperty(new Error('x'), 'message', { get() { Promise.reject(new Error('nested')); return 'getter' } }),
        Object.defineProperty(new Error('y'), 'own', { enumerable: true, get() { throw new Error('inner') } }),
        { toString() { throw 4 } },
        (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })(),
      ]
      for (const value of hostile) { Promise.reject(value); setTimeout(() => { throw value }, 1); queueMicrotask(() => { throw value }) }
      0`)
    await until(() => told.length >= 3 * 5 + 3, `all errors, ${told.length} came`)
    // V8 itself reads the message once more.
    expect(messages(told).filter((message) => message === 'nested').length).toBeGreaterThanOrEqual(3)
    expect(await isolate.run('1')).toBe(1)
  })

  it('when it takes too long to look at', async () => {
    using context = listening({ timeout: 30 })
    const { isolate, told } = context
    await isolate.run(
      "setTimeout(() => { throw Object.defineProperty(new Error(), 'message', { get() { for (;;); } }) }, 1); 0",
    )
    await until(() => told.length === 1, 'the timeout')
    expect(told[0]?.[1].code).toBe('ERR_TIMEOUT')
    expect(await isolate.run('1')).toBe(1)
  })

  it('to the end, when a guest makes thousands', async () => {
    using context = listening()
    const { isolate, told } = context
    await isolate.run(
      'for (let i = 0; i < 6000; i++) { queueMicrotask(() => { throw i }); Promise.reject(i); setImmediate(() => { throw i }) } 0',
    )
    await until(() => told.length === 18_000, 'all errors')
  })

  it.each([
    ['rejections', 'for (;;) Promise.reject(1)'],
    ['microtasks that throw', 'const fail = () => { throw 1 }; for (;;) queueMicrotask(fail)'],
  ])('but a flood of %s is memory of the guest', async (_flood, source) => {
    using context = listening({ memoryLimit: 32 })
    expect((await failure(context.isolate.run(source))).code).toBe('ERR_MEMORY_LIMIT')
    expect(await context.isolate.closed).toEqual({ kind: 'memory-limit' })
  })

  it('in a call inside of a call only when the outer one has had its time to handle it', async () => {
    const told: string[] = []
    using isolate: Isolate = new Isolate({ console: () => void isolate.runSync('1 + 1') })
    isolate.on('error', ({ message }) => told.push(message))
    expect(
      isolate.runSync(
        "const handled = Promise.reject(new Error('handled')); console.log('in between'); handled.catch(() => {}); Promise.reject(new Error('not')); 5",
      ),
    ).toBe(5)
    expect(told).toEqual(['not'])
  })
})

describe('nobody is told of', () => {
  it.each([
    ['a promise that the call gives back', 'Promise.reject(new Error("own"))'],
    ['an async call', '(async () => { await null; throw new Error("own") })()'],
    ['a call that waits', 'new Promise((_, reject) => setTimeout(reject, 1, new Error("own")))'],
  ])('%s', async (_kind, source) => {
    using context = listening()
    expect((await failure(context.isolate.run(source))).message).toBe('own')
    await context.isolate.run('1')
    expect(context.told).toEqual([])
  })

  it('a promise handled within the same turn, however late', async () => {
    using context = listening()
    await context.isolate.run(`
      const late = Promise.reject(1)
      let steps = 0
      const step = () => { if (++steps < 100) queueMicrotask(step); else late.catch(() => {}) }
      queueMicrotask(step)
      const timers = new Promise((resolve) => setTimeout(async () => { const later = Promise.reject(2); await null; await null; later.catch(resolve) }, 1))
      await timers`)
    expect(context.told).toEqual([])
  })

  it('a rejection of a promise that is resolved already', async () => {
    using context = listening()
    await context.isolate.run('new Promise((resolve, reject) => { resolve(1); reject(2); throw 3 })')
    expect(context.told).toEqual([])
  })
})

describe('while nobody listens', () => {
  it('an error is printed by the isolate’s console', async () => {
    const entries: string[] = []
    using isolate = new Isolate({ console: ({ method, stream, text }) => entries.push(`${method} ${stream} ${text}`) })
    await isolate.run("Promise.reject(new Error('one')); setTimeout(() => { throw new RangeError('two') }, 1); 0")
    await until(() => entries.length === 2, 'both errors')
    expect(entries[0]).toMatch(/^error stderr Uncaught \(in promise\) RemoteError: one\n {4}at isolate:run:1:16\n/)
    expect(entries[1]).toMatch(/^error stderr Uncaught RemoteError \[RangeError\]: two\n {4}at isolate:run:1:/)
  })

  it('it goes to stderr and is not fatal', async () => {
    const ended = await child(`
      const { Isolate } = require('isolates')
      const isolate = new Isolate()
      isolate.run("setTimeout(() => { throw new Error('late') }, 1); Promise.reject(new Error('lost')); 0").then(() => isolate.close()).then(() => console.log('closed'))`)
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: 'closed\n' })
    expect(ended.stderr).toMatch(/Uncaught \(in promise\) RemoteError: lost\n[\s\S]*Uncaught RemoteError: late\n/)
  })

  it('a console that is ignored ignores it', async () => {
    expect(
      await report(`
      const isolate = new (require('isolates').Isolate)({ console: 'ignore' })
      isolate.run("Promise.reject(new Error('lost')); 0").then(() => isolate.close()).then(() => console.log(1))`),
    ).toBe(1)
  })
})

describe('listeners', () => {
  it('are told in order, until they are taken off', async () => {
    const texts: string[] = []
    using isolate = new Isolate({ console: ({ text }) => texts.push(text.split('\n')[0] as string) })
    const first = (error: IsolateError): unknown => texts.push(`first ${error.message}`)
    const once = (error: IsolateError): unknown => texts.push(`once ${error.message}`)
    expect(isolate.on('error', first).once('error', once)).toBe(isolate)
    await isolate.run("Promise.reject(new Error('1')); 0")
    await isolate.run("Promise.reject(new Error('2')); 0")
    expect(isolate.off('error', first).off('error', first)).toBe(isolate)
    await isolate.run("Promise.reject(new Error('3')); 0")
    expect(texts).toEqual(['first 1', 'once 1', 'first 2', 'Uncaught (in promise) RemoteError: 3'])
  })

  it('are functions, for an event that there is', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.on('error', 5 as never))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    })
    expect(thrown(() => isolate.once('close' as never, () => {}))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(() => isolate.off('' as never, () => {}))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })

  it('that throw are an uncaught exception of the host, and the others are told', async () => {
    expect(
      await report(`
      const log = []
      process.on('uncaughtException', (error) => log.push(error.message))
      const isolate = new (require('isolates').Isolate)()
      isolate.on('error', () => { throw new Error('listener') }).on('error', ({ message }) => log.push(message))
      isolate.run("Promise.reject(new Error('guest')); 0").then(() => isolate.close()).then(() => console.log(JSON.stringify(log)))`),
    ).toEqual(['guest', 'listener'])
  })

  it('may terminate the isolate, also from within a synchronous call', async () => {
    const isolate = new Isolate()
    isolate.on('error', () => isolate.terminate('enough'))
    isolate.runSync('queueMicrotask(() => { throw 1 }); 5')
    expect(await isolate.closed).toEqual({ kind: 'terminate', cause: 'enough' })
  })
})

describe("with uncaughtErrors: 'close'", () => {
  it.each([
    ['a callback', "setTimeout(() => { throw new Error('fatal') }, 1)", { name: 'Error', message: 'fatal' }],
    ['a promise', "Promise.reject(new Error('fatal'))", { name: 'Error', message: 'fatal' }],
    ['a microtask', "queueMicrotask(() => { throw new Error('fatal') })", { name: 'Error', message: 'fatal' }],
    ['a callback that takes too long', 'setTimeout(() => { for (;;); }, 1)', { code: 'ERR_TIMEOUT' }],
  ])('%s ends the isolate', async (_origin, source, cause) => {
    using context = listening({ uncaughtErrors: 'close', timeout: 50 })
    const { isolate, told } = context
    expect(await isolate.run(`${source}; 5`)).toBe(5)
    const reason = await isolate.closed
    expect(reason).toMatchObject({ kind: 'error', cause })
    expect(told.map(([, error]) => error)).toEqual([reason.cause])
    const error = await failure(isolate.run('1'))
    expect(error).toBeInstanceOf(IsolateClosedError)
    expect(error).toMatchObject({ cause, reason: { kind: 'error' } })
    expect(error.message).toContain('ended by an error that nobody handled: ')
  })

  it('what is queued behind the error rejects with it', async () => {
    using context = listening({ uncaughtErrors: 'close' })
    const calls = [context.isolate.run("Promise.reject(new Error('fatal')); 5"), context.isolate.run('6')].map(outcome)
    expect(await Promise.all(calls)).toMatchObject([
      { value: 5 },
      { reason: { code: 'ERR_ISOLATE_CLOSED', cause: { message: 'fatal' } } },
    ])
  })

  it('what comes before this thread has been told rejects with it too', async () => {
    using context = listening({ uncaughtErrors: 'close' })
    const first = context.isolate.run("Promise.reject(new Error('fatal')); 5")
    // Without a turn of the event loop, which would tell.
    const deadline = performance.now() + patience
    while (context.isolate.state !== 'closed' && performance.now() < deadline);
    expect(thrown(() => context.isolate.runSync('7'))).toMatchObject({ cause: { message: 'fatal' } })
    expect(await failure(context.isolate.run('6'))).toMatchObject({ cause: { message: 'fatal' } })
    expect(messages(context.told)).toEqual(['fatal'])
    expect(await first).toBe(5)
  })

  it('a synchronous call has its result first', async () => {
    using context = listening({ uncaughtErrors: 'close' })
    expect(context.isolate.runSync("Promise.reject(new Error('fatal')); 5")).toBe(5)
    expect(thrown(() => context.isolate.runSync('1'))).toMatchObject({ cause: { message: 'fatal' } })
    expect(await context.isolate.closed).toMatchObject({ kind: 'error' })
  })

  it('an error that a call ends with is only that', async () => {
    using isolate = new Isolate({ uncaughtErrors: 'close' })
    await failure(isolate.run('throw 1'))
    await failure(isolate.run('Promise.reject(1)'))
    expect(await isolate.run('5')).toBe(5)
  })

  it.each(['ignore', '', 1, null, {}])('the option takes no %j', (value) => {
    expect(thrown(() => new Isolate({ uncaughtErrors: value as never }))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringContaining("uncaughtErrors must be 'report' or 'close'"),
    })
  })
})
