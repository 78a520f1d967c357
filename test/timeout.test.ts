import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Gate } from './helpers/gate.js'
import { Isolate, TimeoutError } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const loop = 'for (;;);'

// 262, and part two: timeout, timeout-fn
describe('a timeout', () => {
  it('ends run', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run(loop, { timeout: 20 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
  })

  it('ends runSync', () => {
    using isolate = new Isolate()
    expect(() => isolate.runSync(loop, { timeout: 20 })).toThrow(TimeoutError)
  })

  it('ends call', async () => {
    using isolate = new Isolate()
    await expect(
      isolate.call(
        () => {
          for (;;);
        },
        [],
        { timeout: 20 },
      ),
    ).rejects.toBeInstanceOf(TimeoutError)
  })

  it('ends callSync', () => {
    using isolate = new Isolate()
    expect(() =>
      isolate.callSync(
        () => {
          for (;;);
        },
        [],
        { timeout: 20 },
      ),
    ).toThrow(TimeoutError)
  })

  it('ends the call, not the isolate', async () => {
    using isolate = new Isolate({ globals: { kept: 5 } })
    await failure(isolate.run(loop, { timeout: 20 }))
    expect([isolate.state, await isolate.run('kept')]).toEqual(['idle', 5])
  })

  it('may be a fraction of a millisecond', async () => {
    using isolate = new Isolate()
    await expect(isolate.run(loop, { timeout: 0.25 })).rejects.toBeInstanceOf(TimeoutError)
  })

  it('may be far in the future', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('let sum = 0; for (let i = 0; i < 3e6; i++) sum += 1; sum', { timeout: 2 ** 40 })).toBe(
      3e6,
    )
  })

  it('shows where the guest was', async () => {
    using isolate = new Isolate()
    const { stack } = await failure(
      isolate.run('function spinning() { for (;;); }\nspinning()', { timeout: 20, filename: 'spin.js' }),
    )
    expect(stack).toMatch(/at spinning \(spin\.js:1:/)
    expect(stack).toContain('timeout.test.ts')
  })

  it('does not touch a call that was quick enough', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('1', { timeout: 10_000 })).toBe(1)
    expect(await isolate.run('let sum = 0; for (let i = 0; i < 1e6; i++) sum += 1; sum')).toBe(1e6)
  })

  it('is awaited by nobody: the process ends before it', async () => {
    const source =
      "const { Isolate } = require('isolates'); new Isolate().run('1', { timeout: 3_600_000 }).then((value) => console.log(value))"
    expect(await report(source)).toBe(1)
  })
})

describe('a timeout cannot be escaped', () => {
  it.each([
    [
      'catch and finally',
      'globalThis.escaped = false; for (;;) { try { for (;;); } catch { escaped = true } finally { escaped = true } }',
    ],
    ['microtasks', 'const spin = () => Promise.resolve().then(spin); spin()'],
    ['a loop after an await', 'await null; for (;;);'],
    ['a loop in a microtask', 'Promise.resolve().then(() => { for (;;); }); 1'],
    ['an async loop', 'for (;;) await null'],
    ['a getter of the result', '({ get a() { for (;;); } })'],
    ['a getter of the error', 'throw Object.defineProperty(new Error(), "message", { get() { for (;;); } })'],
    [
      'a comparator',
      'Array.from({ length: 1e6 }, (_, i) => -i).sort((a, b) => { for (let i = 0; i < 1e4; i++); return a - b })',
    ],
    ['a regular expression', '/^(a+)+$/.test("a".repeat(40) + "!")'],
    ['a squaring of bigints', 'let big = 3n; for (;;) { if (big > 1n << 20_000_000n) big = 3n; big *= big }'],
    ['Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
    ['a generator', 'function* endless() { for (;;) yield 1 }; for (const _ of endless());'],
    ['a proxy', 'const p = new Proxy({}, { has: () => true }); with (p) { for (;;) x }'],
    ['eval', 'for (;;) eval("1")'],
    ['a loop that V8 unrolls', 'for (;;) { new Array(100).fill(0) }'],
    ['recursion', 'function f() { try { f() } finally { f() } } f()'],
  ])('by %s', async (_means, source) => {
    using isolate = new Isolate()
    await expect(isolate.run(source, { timeout: 50 })).rejects.toBeInstanceOf(TimeoutError)
    expect(await isolate.run('globalThis.escaped ?? false')).toBe(false)
  })

  it.each([
    ['microtasks', 'const spin = () => Promise.resolve().then(spin); spin()'],
    ['a loop after an await', 'await null; for (;;);'],
    ['Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
  ])('by %s in runSync', (_means, source) => {
    using isolate = new Isolate()
    expect(() => isolate.runSync(source, { timeout: 50 })).toThrow(TimeoutError)
    expect(isolate.runSync('1')).toBe(1)
  })

  it('by a promise that never settles', async () => {
    using isolate = new Isolate()
    await expect(isolate.run('new Promise(() => {})', { timeout: 20 })).rejects.toBeInstanceOf(TimeoutError)
  })
})

// Part two, defects 1 and 2
describe('what a timeout leaves behind', () => {
  const spinning = 'globalThis.turns = 0; const spin = () => { turns++; return Promise.resolve().then(spin) }; spin()'

  it('does not run on in the next run', async () => {
    using isolate = new Isolate()
    await failure(isolate.run(spinning, { timeout: 20 }))
    const turns = await isolate.run<number>('turns')
    expect(await isolate.run('turns')).toBe(turns)
  })

  it('does not run on in the next runSync', () => {
    using isolate = new Isolate()
    thrown(() => isolate.runSync(spinning, { timeout: 20 }))
    expect(isolate.runSync('1 + 1', { timeout: 10_000 })).toBe(2)
  })

  it('does not fail later calls, a hundred times over', async () => {
    using isolate = new Isolate()
    for (let round = 0; round < 100; round++) {
      await failure(isolate.run(loop, { timeout: 0.2 }))
      expect(await isolate.run(`${round}`)).toBe(round)
    }
  })

  it('lets microtasks of later calls run', async () => {
    using isolate = new Isolate()
    await failure(isolate.run(spinning, { timeout: 20 }))
    expect(await isolate.run('await null; await null; 5')).toBe(5)
  })
})

describe('time in the queue', () => {
  it('does not count for run and call, whose timeout begins when their code does', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const held = isolate.run(gate.hold, { globals: gate.globals })
    const queued = [isolate.run('1', { timeout: 5 }), isolate.call(() => 2, [], { timeout: 5 })]
    await gate.reached()
    const start = performance.now()
    await until(() => performance.now() - start > 20, 'four times the timeout')
    gate.open()
    expect([await held, await Promise.all(queued)]).toEqual(['passed', [1, 2]])
  })

  it('counts for runSync and callSync, which give up without having run', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const held = isolate.run(gate.hold, { globals: gate.globals })
    await gate.reached()
    expect(() => isolate.runSync('globalThis.ran = true', { timeout: 5 })).toThrow(TimeoutError)
    expect(() => isolate.callSync(() => 1, [], { timeout: 5 })).toThrow(TimeoutError)
    gate.open()
    await held
    expect(await isolate.run('typeof ran')).toBe('undefined')
  })

  it('leaves the call in front alone when it is over', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const held = isolate.run(gate.hold, { globals: gate.globals })
    await gate.reached()
    for (let round = 0; round < 20; round++) thrown(() => isolate.runSync('1', { timeout: 0.5 }))
    gate.open()
    expect(await held).toBe('passed')
  })
})

describe('the timeout of an isolate', () => {
  it('counts for every call that has none', async () => {
    using isolate = new Isolate({ timeout: 20 })
    await expect(isolate.run(loop)).rejects.toBeInstanceOf(TimeoutError)
    expect(() => isolate.runSync(loop)).toThrow(TimeoutError)
    await expect(
      isolate.call(() => {
        for (;;);
      }),
    ).rejects.toBeInstanceOf(TimeoutError)
  })

  it('gives way to the call’s own', async () => {
    using isolate = new Isolate({ timeout: 1 })
    expect(await isolate.run('let sum = 0; for (let i = 0; i < 2e7; i++) sum += 1; sum', { timeout: 20_000 })).toBe(2e7)
  })

  it('does not count for the time between calls', async () => {
    using isolate = new Isolate({ timeout: 10_000 })
    await isolate.run('1')
    expect(await isolate.run('2')).toBe(2)
  })
})

// The sort of an array that is empty all through: V8 looks at each index, and never whether it should stop.
describe('native work that V8 does not interrupt', () => {
  const stuck = 'const a = []; a.length = 2 ** 26; a.sort().length'

  it('does not keep the promise of its call, nor other isolates', { timeout: 120_000 }, async () => {
    using isolate = new Isolate()
    using other = new Isolate()
    const run = failure(isolate.run(stuck, { timeout: 20 }))
    let later: unknown
    const next = isolate.run('2').then((value) => {
      later = value
    })
    expect(await run).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(await other.run('1')).toBe(1)
    // It goes on, and the isolate is good when it is done.
    expect(later).toBeUndefined()
    await next
    expect([later, isolate.stats().errors]).toEqual([2, 1])
  })

  it('does not keep the promise of a call whose isolate is terminated', { timeout: 120_000 }, async () => {
    const isolate = new Isolate()
    const run = failure(isolate.run(stuck))
    await until(() => isolate.state === 'running', 'the call runs')
    isolate.terminate()
    expect(await run).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    await isolate.closed
  })
})
