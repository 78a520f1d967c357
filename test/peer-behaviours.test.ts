import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { failure, outcome } from './helpers/outcome.js'

// What users of isolated-vm rely on, where no other file is about it.

// Part two: exception-info
describe('an error that passes through several isolates', () => {
  it('has the stacks of all, in order', async () => {
    const inner = new Isolate({ name: 'inner' })
    const middle = new Isolate({
      name: 'middle',
      expose: { next: { sync: () => inner.runSync('function deep() { null.x } deep()', { filename: 'inner.js' }) } },
    })
    const outer = new Isolate({
      name: 'outer',
      expose: { next: { sync: () => middle.runSync('function half() { next() } half()', { filename: 'middle.js' }) } },
    })
    const error = await failure(async () => outer.runSync('function top() { next() } top()', { filename: 'outer.js' }))
    expect(error.name).toBe('TypeError')
    expect(error.message).toMatch(/null/)
    const places = (error.stack ?? '').split('\n').filter((line: string) => /outer\.js|isolate boundary/.test(line))
    expect(places.join('\n')).toMatch(/top \(outer\.js[\s\S]*outer \(isolate boundary\)/)
    for (const isolate of [inner, middle, outer]) isolate.terminate()
  })

  it('has the stacks of guests that made each other', async () => {
    using isolate = new Isolate({ name: 'outer' })
    const source = `
      const middle = new isolates.Isolate({ name: 'middle' })
      middle.runSync("const inner = new isolates.Isolate({ name: 'inner' }); function half() { inner.runSync('function deep() { null.x } deep()', { filename: 'inner.js' }) }; 0", { filename: 'middle.js' })
      function top() { middle.runSync('half()') }
      top()`
    const { stack = '' } = await failure(async () => isolate.runSync(source, { filename: 'outer.js' }))
    const order = [
      'inner.js',
      'inner (isolate boundary)',
      'middle.js',
      'middle (isolate boundary)',
      'outer.js',
      'outer (isolate boundary)',
      'peer-behaviours',
    ]
    const places = order.map((part) => stack.indexOf(part))
    expect(places.every((place) => place >= 0)).toBe(true)
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })
})

describe('values', () => {
  // Part two: uint32
  it.each([0xdeadbeef, 0x80000000, 0xffffffff, -0x80000000, -1, -0, 2 ** 53])('%d survives', async (value) => {
    using isolate = new Isolate({ globals: { value } })
    expect(await isolate.run('value')).toBe(value)
    expect(isolate.callSync((n: number) => n, [value])).toBe(value)
    expect(isolate.runSync(Object.is(value, -0) ? '-0' : String(value))).toBe(value)
  })

  // Part two: wasm-test
  it('a module of WebAssembly is handed over, compiled', async () => {
    const bytes = Uint8Array.of(
      0,
      97,
      115,
      109,
      1,
      0,
      0,
      0,
      1,
      5,
      1,
      96,
      0,
      1,
      127,
      3,
      2,
      1,
      0,
      7,
      5,
      1,
      1,
      102,
      0,
      0,
      10,
      6,
      1,
      4,
      0,
      65,
      42,
      11,
    )
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } }
    const module = new WebAssembly.Module(bytes)
    using isolate = new Isolate({ globals: { module } })
    expect(await isolate.run('new WebAssembly.Instance(module).exports.f()')).toBe(42)
    expect(isolate.runSync('new WebAssembly.Instance(module).exports.f()')).toBe(42)
  })

  // Part two: external-copy-strings
  it.each([
    ['one byte', 'x'],
    ['two bytes', '\u20ac'],
  ])(
    'long strings of %s a character are there once for an isolate, and not counted to it',
    async (_kind, character) => {
      using isolate = new Isolate({ memoryLimit: 32 })
      const text = character.repeat(8 * 2 ** 20)
      await isolate.run('globalThis.kept = []')
      for (let i = 0; i < 20; i++) {
        const length = await isolate.call(
          (s: string) => (globalThis as unknown as { kept: string[] }).kept.push(s) && s.length,
          [text],
        )
        expect(length).toBe(text.length)
      }
      expect(await isolate.run('kept.length')).toBe(20)
    },
  )
})

describe('an isolate', () => {
  // Part two: ignored-async
  it('does what it was told in order, also what nobody waits for', async () => {
    using isolate = new Isolate()
    const ignored = [isolate.run('globalThis.list = [1]'), isolate.run('list.push(2)'), isolate.set({ three: 3 })]
    expect(await isolate.run('list.push(three), list')).toEqual([1, 2, 3])
    await Promise.all(ignored)
  })

  // Part two: resource-name-crash, parser-overflow
  it.each([
    ['a megabyte that is no program', "'~'.repeat(2 ** 20)"],
    ['brackets without end', "'['.repeat(2 ** 18)"],
    ['functions in functions', "'()=>{'.repeat(2 ** 17)"],
    ['a name of a megabyte', "'let ' + 'a'.repeat(2 ** 20) + ' ='"],
  ])('survives a source of %s', async (_kind, text) => {
    const results = await report<string[]>(`
      const { Isolate } = require('isolates')
      ;(async () => {
        const isolate = new Isolate({ memoryLimit: 8, console: 'ignore' })
        const source = ${text}
        const nameOf = (action) => { try { return String(action()) } catch (error) { return error.name } }
        const results = [await isolate.run(source).catch((error) => error.name), nameOf(() => isolate.runSync(source)), await isolate.run('1').catch((error) => error.name)]
        isolate.terminate()
        console.log(JSON.stringify(results.map(String)))
      })()`)
    for (const result of results)
      expect(['SyntaxError', 'RangeError', 'MemoryLimitError', 'IsolateClosedError', '1']).toContain(result)
  })

  // Part two: syntax-lines
  it('names the file and the line of what it cannot read', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run('let a\nlet b\nlet a', { filename: 'mine.js' }))
    expect(error.name).toBe('SyntaxError')
    expect(error.stack).toContain('mine.js:3')
  })

  // Part two: no-name-callback
  it('calls functions of the host that have no name', async () => {
    const nameless = [() => 1, async () => 2, (() => 3).bind(null), Math.max, Function.prototype]
    for (const fn of nameless) {
      using isolate = new Isolate({ expose: { fn: { sync: fn as () => unknown } } })
      expect((await outcome(isolate.run('fn(1, 2)'))).status).toBe('fulfilled')
    }
  })

  // Part two: sync-error-deadlock
  it('catches what the host throws, in the midst of an asynchronous call', async () => {
    using isolate = new Isolate({
      expose: {
        fail: {
          sync: () => {
            throw new RangeError('host')
          },
        },
      },
    })
    const source = '(async () => { await null; try { fail(); return "no" } catch (e) { return e.name + e.message } })()'
    expect(await isolate.run(source)).toBe('RangeErrorhost')
  })

  // Part two: apply-sync-promise
  it('ends with a clear error when it is terminated in the midst of a call to the host', async () => {
    const isolate: Isolate = new Isolate({
      expose: {
        wait: {
          sync: async () => {
            isolate.terminate('enough')
            await new Promise(() => {})
          },
        },
      },
    })
    expect(await failure(isolate.run('wait()'))).toMatchObject({ code: 'ERR_ISOLATE_CLOSED', cause: 'enough' })
  })

  // Part two: large-strings
  it('is stopped in a pattern over a hundred megabytes', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run("/^(x+x+)+y/.test('x'.repeat(127 * 2 ** 20))", { timeout: 50 }))
    expect(['ERR_TIMEOUT', 'ERR_REMOTE']).toContain((error as { code: string }).code)
    expect(await isolate.run('1')).toBe(1)
  })
})

// Part two: dispose-race
it('a hundred pairs that end each other all end', async () => {
  const ended = await report<number>(`
    const { Isolate } = require('isolates')
    const pairs = Array.from({ length: 100 }, () => {
      const a = new Isolate({ expose: { end: { sync: () => b.terminate() } } })
      const b = new Isolate({ expose: { end: { sync: () => a.terminate() } } })
      return [a, b]
    })
    const runs = pairs.flatMap(([a, b]) => [a, b].map((isolate) => isolate.run('for (;;) end()').catch(() => {})))
    Promise.all(pairs.flatMap(([a, b]) => [Promise.race([a.closed, b.closed]).then(() => { a.terminate(); b.terminate(); return Promise.all([a.closed, b.closed]) })]))
      .then(() => Promise.all(runs)).then(() => console.log(Isolate.all().length))`)
  expect(ended).toBe(0)
})

// Part two: neverending-gc
it('work near the limit goes on', async () => {
  using isolate = new Isolate({ memoryLimit: 32 })
  await isolate.run('globalThis.kept = []; for (let i = 0; i < 20; i++) kept.push(new Array(2 ** 17).fill(i))')
  const source = 'let n = 0; for (let i = 0; i < 2e6; i++) n += [i, { i }].length; n'
  expect(await isolate.run(source, { timeout: 25_000 })).toBe(4e6)
})
