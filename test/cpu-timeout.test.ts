import { describe, expect, it } from 'vitest'
import { Channel, Isolate, TimeoutError } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'

const loop = 'for (;;);'
const spin = (milliseconds: number): string =>
  `{ const end = performance.now() + ${milliseconds}; while (performance.now() < end); }`
const asCpu = { name: 'TimeoutError', code: 'ERR_CPU_TIMEOUT', limit: 'cpuTimeout' }

// Part two: cpu-wall-timer
describe('a CPU timeout', () => {
  it('ends run, and says that it was this one', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run(loop, { cpuTimeout: 20 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject(asCpu)
    expect(error.message).toMatch(/used more CPU time than its cpuTimeout of 20 ms/)
  })

  it('ends runSync', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.runSync(loop, { cpuTimeout: 20 }))).toMatchObject(asCpu)
  })

  it('ends call and callSync', async () => {
    using isolate = new Isolate()
    const endless = () => {
      for (;;);
    }
    expect(await failure(isolate.call(endless, [], { cpuTimeout: 20 }))).toMatchObject(asCpu)
    expect(thrown(() => isolate.callSync(endless, [], { cpuTimeout: 20 }))).toMatchObject(asCpu)
  })

  it('ends an import and what its functions do', async () => {
    using isolate = new Isolate({
      modules: { sources: { endless: loop, fine: `export const loop = () => { ${loop} }` } },
    })
    expect(await failure(isolate.import('endless', { cpuTimeout: 20 }))).toMatchObject(asCpu)
    const fine = await isolate.import('fine', { cpuTimeout: 10_000 })
    expect(await failure(fine['loop'].withOptions({ cpuTimeout: 20 })())).toMatchObject(asCpu)
  })

  it('ends what a reference does', async () => {
    using isolate = new Isolate()
    using reference = await isolate.ref('() => { for (;;); }')
    expect(await failure(reference.call([], { cpuTimeout: 20 }))).toMatchObject(asCpu)
  })

  it('is a default of the isolate, which a call can replace', async () => {
    using isolate = new Isolate({ cpuTimeout: 20 })
    expect(await failure(isolate.run(loop))).toMatchObject(asCpu)
    expect(await isolate.run(`${spin(60)} 1`, { cpuTimeout: 10_000 })).toBe(1)
  })

  it('ends arithmetic that V8 interrupts late', async () => {
    using isolate = new Isolate()
    const source = 'let big = 3n; for (;;) { if (big > 1n << 2_000_000n) big = 3n; big *= big }'
    expect(await failure(isolate.run(source, { cpuTimeout: 50 }))).toMatchObject(asCpu)
    expect(await isolate.run('1')).toBe(1)
  })

  it('leaves the wall timeout its own name', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run('new Promise(() => {})', { timeout: 30, cpuTimeout: 20 }))
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT', limit: 'timeout' })
  })

  it('refuses what is no time', () => {
    expect(() => new Isolate({ cpuTimeout: 0 })).toThrow(RangeError)
    using isolate = new Isolate()
    expect(() => isolate.runSync('1', { cpuTimeout: '1' as never })).toThrow(TypeError)
  })
})

describe('CPU time does not pass', () => {
  it('while the guest waits for a timer', async () => {
    using isolate = new Isolate()
    const source = 'await new Promise((resolve) => setTimeout(resolve, 120)); 1'
    expect(await isolate.run(source, { cpuTimeout: 60 })).toBe(1)
  })

  it('while the guest waits for its host', async () => {
    const wait = () => new Promise((resolve) => setTimeout(resolve, 120, 7))
    using isolate = new Isolate({ expose: { wait } })
    expect(await isolate.run('await wait()', { cpuTimeout: 60 })).toBe(7)
  })

  it('while the guest blocks on a channel', async () => {
    const channel = new Channel<number>()
    using isolate = new Isolate({ globals: { channel } })
    const received = isolate.run('channel.receiveSync()', { cpuTimeout: 60 })
    await new Promise((resolve) => setTimeout(resolve, 120))
    await channel.send(3)
    expect(await received).toBe(3)
  })

  it('while it waits for its turn', async () => {
    using isolate = new Isolate()
    const first = isolate.run(spin(120))
    const second = isolate.run('2', { cpuTimeout: 60 })
    await first
    expect(await second).toBe(2)
  })

  it('while the host does its part on the same thread', () => {
    const busy = () => {
      const end = performance.now() + 150
      while (performance.now() < end);
      return 5
    }
    using isolate = new Isolate({ expose: { busy: { sync: busy } } })
    expect(isolate.runSync('busy()', { cpuTimeout: 75 })).toBe(5)
  })

  it('while a child isolate computes on the same thread', () => {
    using isolate = new Isolate()
    const source = `
      const child = new isolates.Isolate()
      const value = child.runSync(${JSON.stringify(`${spin(150)} 6`)})
      child.terminate()
      value`
    expect(isolate.runSync(source, { cpuTimeout: 75 })).toBe(6)
  })

  it('for the others of the same isolate', async () => {
    using isolate = new Isolate()
    const patient = isolate.run('await new Promise((resolve) => setTimeout(resolve, 1)); 1', { cpuTimeout: 60 })
    await isolate.run(spin(150))
    expect(await patient).toBe(1)
  })
})

describe('CPU time adds up', () => {
  it('over the turns that the host’s answers cause', async () => {
    using isolate = new Isolate({ expose: { next: async () => 1 } })
    const error = await failure(
      isolate.run(`for (;;) { await next(); ${spin(5)} }`, { cpuTimeout: 60, timeout: 30_000 }),
    )
    expect(error).toMatchObject(asCpu)
  })

  it('over timers', async () => {
    using isolate = new Isolate()
    const source = `await new Promise((done) => { const tick = () => { ${spin(5)}; setTimeout(tick) }; tick() })`
    expect(await failure(isolate.run(source, { cpuTimeout: 60, timeout: 30_000 }))).toMatchObject(asCpu)
  })

  it('over what comes through channels', async () => {
    const channel = new Channel<number>({ capacity: 100 })
    using isolate = new Isolate({ globals: { channel } })
    const endless = isolate.run(`for await (const _ of channel) ${spin(5)}`, { cpuTimeout: 60, timeout: 30_000 })
    const ended = failure(endless).finally(() => channel.close())
    const feed = (async () => {
      for (let i = 0; ; i++) await channel.send(i)
    })()
    expect(await ended).toMatchObject(asCpu)
    await failure(feed)
  })
})
