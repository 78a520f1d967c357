import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { outcome } from './helpers/outcome.js'
import { until } from './helpers/until.js'

// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
const add =
  'new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11])'

describe('WebAssembly', () => {
  it('compiles asynchronously', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(
        `const module = await WebAssembly.compile(${add}); new WebAssembly.Instance(module).exports.add(40, 2)`,
      ),
    ).toBe(42)
  })

  it('is instantiated asynchronously, from bytes and from a module', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(`
        const { module, instance } = await WebAssembly.instantiate(${add})
        const again = await WebAssembly.instantiate(module);
        [instance.exports.add(40, 2), again.exports.add(1, 2)]`),
    ).toEqual([42, 3])
  })

  it('rejects what is no module', async () => {
    using isolate = new Isolate()
    expect(await outcome(isolate.run('WebAssembly.compile(new Uint8Array(8))'))).toMatchObject({
      reason: { name: 'CompileError' },
    })
  })

  it('compiles many at once, in many isolates', async () => {
    const isolates = Array.from({ length: 4 }, () => new Isolate())
    const source = `(await Promise.all(Array.from({ length: 20 }, () => WebAssembly.instantiate(${add})))).map(({ instance }) => instance.exports.add(1, 2)).join('')`
    const results = await Promise.all(isolates.map((isolate) => isolate.run(source)))
    expect(results).toEqual(Array(4).fill('3'.repeat(20)))
    for (const isolate of isolates) isolate.terminate()
  })

  it('that compiles does not keep the isolate from ending', async () => {
    for (let round = 0; round < 20; round++) {
      const isolate = new Isolate()
      const call = outcome(
        isolate.run(`await Promise.all(Array.from({ length: 10 }, () => WebAssembly.compile(${add}))); 0`),
      )
      if (round % 2 === 0) isolate.terminate()
      else await isolate.close()
      await isolate.closed
      await call
    }
  })
})

describe('FinalizationRegistry', () => {
  /** Registers garbage with a callback. */
  const register = (callback: string): string =>
    `globalThis.names = []; globalThis.registry = new FinalizationRegistry(${callback}); (() => { for (let i = 0; i < 3; i++) registry.register({}, 'name' + i) })(); 0`

  it('calls back before whatever is called next', async () => {
    using isolate = new Isolate()
    await isolate.run(register('(name) => names.push(name)'))
    await isolate.run('gc(); 0')
    expect(await isolate.run('names.sort()')).toEqual(['name0', 'name1', 'name2'])
  })

  it('calls back though calls come without a pause', async () => {
    using isolate = new Isolate()
    await isolate.run(register('(name) => names.push(name)'))
    // There is always another one in line.
    const calls = ['gc(); 0', '0', '0', '0'].map((source) => isolate.run(source))
    for (let i = 0; i < 100; i++) {
      calls.push(isolate.run('names.length'))
      await calls.shift()
    }
    expect((await Promise.all(calls)).at(-1)).toBe(3)
  })

  it('that throws is an uncaught error', async () => {
    using isolate = new Isolate()
    const told: string[] = []
    isolate.on('error', ({ message }, { kind }) => told.push(`${kind} ${message}`))
    await isolate.run(register('(name) => { throw new Error(name) }'))
    await isolate.run('gc(); 0')
    await until(() => told.length === 3, 'three errors')
    expect(told.sort()).toEqual([0, 1, 2].map((i) => `uncaughtException name${i}`))
  })

  it('runs what its callback promises', async () => {
    using isolate = new Isolate()
    await isolate.run(register('async (name) => { await null; names.push(name) }'))
    await isolate.run('gc(); 0')
    expect(await isolate.run('names.length')).toBe(3)
  })

  it('that never ends is stopped by the timeout of the isolate', async () => {
    using isolate = new Isolate({ timeout: 100 })
    const codes: string[] = []
    isolate.on('error', ({ code }) => codes.push(code))
    await isolate.run(register('() => { for (;;); }'), { timeout: 20_000 })
    await isolate.run('gc(); 0', { timeout: 20_000 })
    await until(() => codes.length > 0, 'the timeout')
    expect(codes[0]).toBe('ERR_TIMEOUT')
    expect(await isolate.run('1 + 1', { timeout: 20_000 })).toBe(2)
  })
})

describe('WeakRef', () => {
  it('keeps what was looked at until the turn is over, and no longer', async () => {
    using isolate = new Isolate()
    await isolate.run('globalThis.ref = new WeakRef({}); globalThis.alive = () => ref.deref() !== undefined; 0')
    expect(await isolate.run('const before = alive(); gc(); [before, alive()]')).toEqual([true, true])
    expect(await isolate.run('gc(); alive()')).toBe(false)
  })
})

describe('Atomics.waitAsync', () => {
  it('is told by the host', async () => {
    const cell = new Int32Array(new SharedArrayBuffer(4))
    using isolate = new Isolate({ globals: { cell } })
    const waiting = isolate.run('globalThis.waits = 1; Atomics.waitAsync(cell, 0, 0).value')
    expect(await isolate.run('waits')).toBe(1)
    expect(Atomics.notify(cell, 0)).toBe(1)
    expect(await waiting).toBe('ok')
  })

  it('is told by another isolate', async () => {
    const cell = new Int32Array(new SharedArrayBuffer(4))
    using first = new Isolate({ globals: { cell } })
    using second = new Isolate({ globals: { cell } })
    const waiting = first.run('globalThis.waits = 1; Atomics.waitAsync(cell, 0, 0).value')
    await first.run('waits')
    await second.run('Atomics.notify(cell, 0)')
    expect(await waiting).toBe('ok')
  })

  it('times out', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5).value')).toBe(
      'timed-out',
    )
  })

  it('does not keep the isolate from ending', async () => {
    for (const timeout of ['', ', 1', ', 1e9']) {
      const isolate = new Isolate()
      const call = outcome(
        isolate.run(`Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0${timeout}).value`),
      )
      await isolate.run('1')
      isolate.terminate()
      await isolate.closed
      await call
    }
  })
})

describe('garbage', () => {
  it('is collected in the background while the isolate is idle and while it is busy', async () => {
    using isolate = new Isolate({ memoryLimit: 64 })
    for (let round = 0; round < 5; round++) {
      await isolate.run(
        "globalThis.kept = []; for (let i = 0; i < 3e5; i++) kept.push({ i, text: 'x' + i }); kept.length",
      )
      await isolate.run('kept = undefined')
    }
    let used = Number.POSITIVE_INFINITY
    await until(() => {
      isolate.runSync('for (let i = 0; i < 1000; i++) new Array(1000)')
      used = Math.min(used, isolate.stats().heapUsed)
      return used < 40 * 2 ** 20
    }, 'the garbage is gone')
  })
})
