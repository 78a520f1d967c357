import { describe, expect, it } from 'vitest'
import { Isolate, TimeoutError } from './helpers/isolates.js'
import { failure, outcome, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const loop = 'for (;;);'
const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

// Part two, defect 2
describe('the time of a call', () => {
  it('goes on when the host has answered', async () => {
    using isolate = new Isolate({ expose: { answer: async () => 1 } })
    const error = await failure(isolate.run(`await answer(); ${loop}`, { timeout: 50 }))
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
    expect(await isolate.run('1')).toBe(1)
  })

  it('goes on in timers', async () => {
    using isolate = new Isolate()
    const source = `await new Promise(() => setTimeout(() => { ${loop} }, 1))`
    await expect(isolate.run(source, { timeout: 50 })).rejects.toBeInstanceOf(TimeoutError)
    expect(await isolate.run('1')).toBe(1)
  })

  it('goes on in timers of timers', async () => {
    using isolate = new Isolate()
    const source = `await new Promise(() => setTimeout(() => setTimeout(async () => { await 0; ${loop} }), 1))`
    await expect(isolate.run(source, { timeout: 50 })).rejects.toBeInstanceOf(TimeoutError)
    expect(await isolate.run('1')).toBe(1)
  })

  it.each([
    ['then', 'Promise.resolve().then(() => { for (;;); })'],
    ['queueMicrotask', 'queueMicrotask(() => { for (;;); })'],
    ['setImmediate', 'setImmediate(() => { for (;;); })'],
    ['a thenable', 'await { then() { for (;;); } }'],
    ['an async iterator', 'for await (const _ of [Promise.resolve()]) for (;;);'],
    ['an async generator', 'for await (const _ of (async function* () { yield 1; for (;;); })());'],
    ['Promise.all', 'await Promise.all([null].map(async () => { await null; for (;;); }))'],
    ['a dynamic function', 'await new Function("return (async () => { await null; for (;;); })()")()'],
  ])('goes on after an answer, by %s', async (_means, source) => {
    using isolate = new Isolate({ expose: { answer: async () => 1 } })
    const run = isolate.run(`await answer(); ${source}; await new Promise(() => {})`, { timeout: 50 })
    await expect(run).rejects.toBeInstanceOf(TimeoutError)
    expect(await isolate.run('1')).toBe(1)
  })

  it('does not begin anew when its promise is awaited', async () => {
    using isolate = new Isolate()
    const began = performance.now()
    const busy = 'const end = performance.now() + 900; while (performance.now() < end);'
    await failure(isolate.run(`${busy} await new Promise(() => {})`, { timeout: 1000 }))
    expect(performance.now() - began).toBeLessThan(1890)
  })
})

describe('what a call leaves behind', () => {
  it('ends with it when its time was up, wherever it goes on', async () => {
    let answer = () => {}
    using isolate = new Isolate({ expose: { wait: () => new Promise<void>((resolve) => (answer = resolve)) } })
    await failure(isolate.run(`globalThis.went = 'no'; await wait(); went = 'on'; ${loop}`, { timeout: 30 }))
    answer()
    // Nothing of the isolate bounds what is nobody's call; only that it belonged to one.
    await expect.poll(() => isolate.run('1'), { timeout: 10_000 }).toBe(1)
  })

  it('takes its timers along when its time was up', async () => {
    using isolate = new Isolate()
    await failure(
      isolate.run('globalThis.ticks = 0; setInterval(() => ticks++, 1); await new Promise(() => {})', { timeout: 50 }),
    )
    const ticks = await isolate.run<number>('ticks')
    await later(30)
    expect(await isolate.run('ticks')).toBe(ticks)
    await isolate.close()
  })

  it('takes its timers along when its caller gave up', async () => {
    using isolate = new Isolate()
    const run = isolate.run('globalThis.ticks = 0; setInterval(() => ticks++, 1); await new Promise(() => {})', {
      signal: AbortSignal.timeout(50),
      timeout: 60_000,
    })
    await failure(run)
    const ticks = await isolate.run<number>('ticks')
    await later(30)
    expect(await isolate.run('ticks')).toBe(ticks)
  })

  it('goes on when it was in time, and has the same limit each time', async () => {
    using isolate = new Isolate()
    const errors: unknown[] = []
    isolate.on('error', (error) => errors.push(error))
    await isolate.run('globalThis.ticks = 0; setInterval(() => ticks++, 5)', { timeout: 40 })
    await expect.poll(() => isolate.run('ticks'), { timeout: 15_000 }).toBeGreaterThan(20)
    await isolate.run(`setTimeout(() => { ${loop} }, 5); 1`, { timeout: 40 })
    await until(() => errors.length > 0, 'the loop of the timer to be cut off')
    expect(errors[0]).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(await isolate.run('1')).toBe(1)
  })

  it('ends in the midst of a call that goes on with it, which goes on by itself', async () => {
    using isolate = new Isolate()
    await failure(
      isolate.run(
        `globalThis.gate = Promise.withResolvers?.() ?? (() => { const g = {}; g.promise = new Promise((r) => { g.resolve = r }); return g })(); await gate.promise; ${loop}`,
        { timeout: 300 },
      ),
    )
    expect(await isolate.run('gate.resolve(); 5')).toBe(5)
    expect(isolate.runSync('6')).toBe(6)
  })
})

describe('others', () => {
  it('go on when the time of one is up that waits behind them', async () => {
    using isolate = new Isolate({ expose: { answer: async () => 1 } })
    const waits = outcome(isolate.run('await new Promise(() => {})', { timeout: 60 }))
    const works = isolate.run(
      'await answer(); const end = performance.now() + 200; while (performance.now() < end); 3',
      {
        timeout: 60_000,
      },
    )
    expect(await works).toBe(3)
    expect(await waits).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } })
  })

  it('are told in time, while the one that they wait behind goes on', async () => {
    using isolate = new Isolate({ expose: { answer: async () => 1 } })
    const began = performance.now()
    const waits = failure(isolate.run('await new Promise(() => {})', { timeout: 40 })).then(
      () => performance.now() - began,
    )
    const works = isolate.run(
      'await answer(); const end = performance.now() + 1500; while (performance.now() < end); 3',
      {
        timeout: 60_000,
      },
    )
    expect(await waits).toBeLessThan(1200)
    expect(await works).toBe(3)
  })

  it('go on with what a call that is late has given them', async () => {
    using isolate = new Isolate()
    const gated = isolate.run(
      'globalThis.open = undefined; await new Promise((resolve) => { open = resolve }); const end = performance.now() + 200; while (performance.now() < end); 4',
      { timeout: 60_000 },
    )
    await expect.poll(() => isolate.run('typeof open'), { timeout: 15_000 }).toBe('function')
    const opens = failure(isolate.run('open(); 1', { timeout: 60 }))
    expect(await gated).toBe(4)
    expect(await opens).toMatchObject({ code: 'ERR_TIMEOUT' })
  })
})

// Part two, defects 1 and 6
describe('after a timeout', () => {
  it('microtasks that are left over do not block the next call', () => {
    using isolate = new Isolate()
    thrown(() => isolate.runSync('const spin = () => Promise.resolve().then(spin); spin(); for (;;);', { timeout: 30 }))
    expect(isolate.runSync('1', { timeout: 10_000 })).toBe(1)
  })

  it('an unhandled rejection of the one does not fail the other', async () => {
    using isolate = new Isolate({ console: 'ignore' })
    await failure(isolate.run(`Promise.reject(new Error('lost')); ${loop}`, { timeout: 30 }))
    expect(await isolate.run('2')).toBe(2)
    await isolate.run("Promise.reject(new Error('lost too')); 3")
    expect(await isolate.run('4')).toBe(4)
  })
})
