import { describe, expect, it } from 'vitest'
import { Channel, type ConsoleEntry, Isolate } from './helpers/isolates.js'
import { failure, outcome, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

describe('maxSourceSize', () => {
  const source = `'${'x'.repeat(100)}'`

  it('refuses longer scripts', async () => {
    using isolate = new Isolate({ maxSourceSize: 50 })
    expect(thrown(() => isolate.runSync(source))).toMatchObject({ name: 'RangeError', code: 'ERR_SOURCE_TOO_BIG' })
    expect(thrown(() => isolate.run(source)).message).toBe(
      'source has 102 characters, more than the isolate’s maxSourceSize of 50',
    )
    expect(await isolate.run('1 + 1')).toBe(2)
  })

  it('refuses longer functions', async () => {
    using isolate = new Isolate({ maxSourceSize: 20 })
    const long = () => 'a function with a text that is longer than twenty characters'
    expect(thrown(() => isolate.call(long))).toMatchObject({ code: 'ERR_SOURCE_TOO_BIG' })
    expect(thrown(() => isolate.callSync(long))).toMatchObject({ code: 'ERR_SOURCE_TOO_BIG' })
    expect(isolate.callSync(() => 1)).toBe(1)
  })

  it('refuses longer modules', async () => {
    const sources = { long: `export default ${source}`, short: 'export default 1' }
    using isolate = new Isolate({ maxSourceSize: 50, modules: { sources } })
    expect(await failure(isolate.import('long'))).toMatchObject({ code: 'ERR_SOURCE_TOO_BIG' })
    expect((await isolate.import('short'))['default']).toBe(1)
  })
})

describe('maxMessageSize', () => {
  const tooBig = { code: 'ERR_MESSAGE_TOO_BIG' }

  it('refuses larger results', async () => {
    using isolate = new Isolate({ maxMessageSize: 1000 })
    const error = await failure(isolate.run("'x'.repeat(2000)"))
    expect(error).toMatchObject(tooBig)
    expect(error.message).toBe(`${isolate.name}: result takes more than its maxMessageSize of 1000 bytes`)
    expect(await isolate.run("'x'.repeat(500)")).toHaveLength(500)
  })

  it.each([
    ['strings', "'x'.repeat(2000)"],
    ['many strings', "Array.from({ length: 100 }, (_, i) => 'text number ' + i)"],
    ['objects', 'Array.from({ length: 500 }, (_, i) => ({ i }))'],
    ['bytes', 'new Uint8Array(2000)'],
    ['maps', 'new Map(Array.from({ length: 500 }, (_, i) => [i, i]))'],
    ['bigints', '1n << 20000n'],
  ])('counts %s', async (_what, source) => {
    using isolate = new Isolate({ maxMessageSize: 1000 })
    // Not only before the codec of plain values is in use.
    for (let round = 0; round < 3; round++) expect(await failure(isolate.run(source))).toMatchObject(tooBig)
    expect(thrown(() => isolate.runSync(source))).toMatchObject(tooBig)
  })

  it('refuses larger arguments and globals', async () => {
    using isolate = new Isolate({ maxMessageSize: 1000 })
    const error = thrown(() => isolate.callSync((text: string) => text.length, ['x'.repeat(2000)]))
    expect(error).toMatchObject(tooBig)
    expect(error.message).toMatch(/args takes more than its maxMessageSize of 1000 bytes/)
    expect(await failure(isolate.set({ text: 'x'.repeat(2000) }))).toMatchObject(tooBig)
    expect(await isolate.call((text: string) => text.length, ['x'.repeat(500)])).toBe(500)
  })

  it('refuses what a guest gives to its host and to channels', async () => {
    const channel = new Channel<string>({ capacity: 1 })
    using isolate = new Isolate({ maxMessageSize: 1000, expose: { take: () => {} }, globals: { channel } })
    const code = '(error) => error.code'
    expect(await isolate.run(`take('x'.repeat(2000)).catch(${code})`)).toBe('ERR_MESSAGE_TOO_BIG')
    expect(await isolate.run(`(async () => channel.send('x'.repeat(2000)))().catch(${code})`)).toBe(
      'ERR_MESSAGE_TOO_BIG',
    )
    expect(channel.size).toBe(0)
    channel.close()
  })

  it('does not lose a larger error', async () => {
    using isolate = new Isolate({ maxMessageSize: 1000 })
    expect(await failure(isolate.run("throw new Error('x'.repeat(5000))"))).toMatchObject({ code: 'ERR_REMOTE' })
  })
})

describe('maxQueue', () => {
  it('refuses calls beyond it', async () => {
    using isolate = new Isolate({ maxQueue: 2, expose: { wait: () => new Promise(() => {}) } })
    const waiting = [outcome(isolate.run('wait()')), outcome(isolate.run('wait()'))]
    const error = await failure(isolate.run('1'))
    expect(error).toMatchObject({ code: 'ERR_QUEUE_FULL' })
    expect(error.message).toBe(`${isolate.name}: 2 calls have no answer yet, which is its maxQueue`)
    expect(isolate.runSync('2')).toBe(2)
    isolate.terminate()
    await Promise.all(waiting)
  })

  it('has room again when calls are answered', async () => {
    using isolate = new Isolate({ maxQueue: 1 })
    for (let i = 0; i < 10; i++) expect(await isolate.run(`${i}`)).toBe(i)
  })
})

describe('maxTimers', () => {
  it('has setTimeout throw beyond it', async () => {
    using isolate = new Isolate({ maxTimers: 10 })
    const source = `
      let set = 0
      try { for (;;) { setTimeout(() => {}, 1e6); set++ } } catch (error) { [set, error.name, error.code] }`
    expect(await isolate.run(source)).toEqual([10, 'RangeError', 'ERR_TIMER_LIMIT'])
    expect(await isolate.run('try { setImmediate(() => {}) } catch (error) { error.code }')).toBe('ERR_TIMER_LIMIT')
  })

  it('has room again when timers are over', async () => {
    using isolate = new Isolate({ maxTimers: 1 })
    const source =
      'for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve)); clearTimeout(setTimeout(() => {})); 5'
    expect(await isolate.run(source)).toBe(5)
  })
})

describe('maxConsoleOutput', () => {
  it('drops what is beyond it, and says so once', async () => {
    const entries: ConsoleEntry[] = []
    using isolate = new Isolate({ maxConsoleOutput: 100, console: (entry) => void entries.push(entry) })
    await isolate.run("for (let i = 0; i < 1000; i++) console.log('0123456789')")
    await until(() => entries.some(({ stream }) => stream === 'stderr'), 'the note')
    await isolate.run("console.log('more')")
    const lines = entries.map(({ text }) => text.trimEnd())
    expect(lines.slice(0, -1)).toEqual(Array(10).fill('0123456789'))
    expect(lines.at(-1)).toBe(
      `${isolate.name} has printed its maxConsoleOutput of 100 bytes: nothing of what follows is shown`,
    )
  })
})

describe('a limit', () => {
  it.each(['maxSourceSize', 'maxMessageSize', 'maxQueue', 'maxTimers', 'maxConsoleOutput'] as const)(
    '%s is a number above 0, or Infinity',
    (name) => {
      expect(() => new Isolate({ [name]: 0 })).toThrow(RangeError)
      expect(() => new Isolate({ [name]: 1.5 })).toThrow(RangeError)
      expect(() => new Isolate({ [name]: '1' as never })).toThrow(TypeError)
      new Isolate({ [name]: Number.POSITIVE_INFINITY }).terminate()
    },
  )

  it('holds for the isolates of a guest too', async () => {
    using isolate = new Isolate({ maxMessageSize: 1000 })
    const source = `
      const child = new isolates.Isolate()
      await child.run("'x'.repeat(2000)").catch((error) => error.code)`
    expect(await isolate.run(source)).toBe('ERR_MESSAGE_TOO_BIG')
  })
})
