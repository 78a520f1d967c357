import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate, IsolateError, RemoteError, TimeoutError } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

describe('runSync', () => {
  it('returns the completion value', () => {
    using isolate = new Isolate()
    expect(isolate.runSync('6 * 7')).toBe(42)
  })

  it('throws what the guest throws', () => {
    using isolate = new Isolate()
    const error = thrown(() => isolate.runSync("throw new TypeError('no')"))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'TypeError', message: 'no' })
  })

  it.each(['Promise.resolve(5)', 'await 5', '(async () => { await null; return 5 })()'])(
    'awaits what microtasks can settle: %s',
    (source) => {
      using isolate = new Isolate()
      expect(isolate.runSync(source)).toBe(5)
    },
  )

  it('throws what its promise rejects with', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.runSync("await null; throw new RangeError('late')"))).toMatchObject({
      name: 'RangeError',
    })
  })

  it('refuses a promise that can never settle', () => {
    using isolate = new Isolate()
    const error = thrown(() => isolate.runSync('new Promise(() => {})'))
    expect(error).toBeInstanceOf(IsolateError)
    expect(error.code).toBe('ERR_PENDING_PROMISE')
  })

  it('runs the microtasks before it returns', () => {
    using isolate = new Isolate()
    isolate.runSync('var seen = 0; Promise.resolve().then(() => { seen = 1 }); 0')
    expect(isolate.runSync('seen')).toBe(1)
  })

  it('keeps state that run sees', async () => {
    using isolate = new Isolate()
    isolate.runSync('let count = 1')
    expect(await isolate.run('++count')).toBe(2)
  })

  it('throws at once when the isolate is closed', () => {
    const isolate = new Isolate()
    isolate.terminate()
    expect(thrown(() => isolate.runSync('1'))).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
  })
})

// F81: CPython refuses a busy interpreter, here calls wait their turn.
describe('runSync on a busy isolate', () => {
  it('waits its turn', async () => {
    const gate = new Gate()
    using busy = new Isolate({ globals: { order: [] } })
    using opener = new Isolate({ globals: gate.globals })
    const held = busy.run(`${gate.hold}; order.push('async')`, { globals: gate.globals })
    await gate.reached()
    // The gate opens from another thread while this one stands in runSync.
    const opened = opener.run(`for (let i = 0; i < 1e6; i++); ${gate.release}`)
    expect(busy.runSync("order.push('sync'); order.join()")).toBe('async,sync')
    await Promise.all([held, opened])
  })

  it('comes after what was asked for before and before what is asked for later', async () => {
    using isolate = new Isolate({ globals: { order: [] } })
    const before = [isolate.run('order.push(1)'), isolate.run('order.push(2)')]
    isolate.runSync('order.push(3)')
    const after = [isolate.run('order.push(4)'), isolate.run('order.push(5)')]
    isolate.runSync('order.push(6)')
    await Promise.all([...before, ...after])
    expect(await isolate.get('order')).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('gives up when its timeout passes while it waits', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const held = isolate.run(gate.hold, { globals: gate.globals })
    await gate.reached()
    expect(() => isolate.runSync('globalThis.ran = true', { timeout: 20 })).toThrow(TimeoutError)
    gate.open()
    expect(await held).toBe('passed')
    expect(isolate.runSync('typeof ran')).toBe('undefined')
  })

  it('does not disturb the call it gave up waiting for, nor those behind it', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const calls = [isolate.run(gate.hold, { globals: gate.globals }), isolate.run('2'), isolate.run('3')]
    await gate.reached()
    thrown(() => isolate.runSync('1', { timeout: 5 }))
    gate.open()
    expect(await Promise.all(calls)).toEqual(['passed', 2, 3])
  })

  it('throws when the isolate ends while it waits', async () => {
    const gate = new Gate()
    using isolate = new Isolate({ memoryLimit: 16 })
    const grown = isolate
      .run(`${gate.hold}; const list = []; for (;;) list.push([1, 2, 3])`, { globals: gate.globals })
      .catch(() => {})
    using opener = new Isolate({ globals: gate.globals })
    await gate.reached()
    void opener.run(gate.release)
    expect(thrown(() => isolate.runSync('1')).code).toMatch(/ERR_ISOLATE_CLOSED|ERR_MEMORY_LIMIT/)
    await grown
  })
})

// Part two: recursive-sync, async-rentry-deadlock, deadlock
describe('the host called back while it waits in runSync', () => {
  it('may use the same isolate again', () => {
    let inner: unknown
    using isolate = new Isolate({
      console: () => {
        inner = isolate.runSync('outer + 1')
      },
    })
    isolate.runSync("var outer = 1; console.log('in')")
    expect(inner).toBe(2)
  })

  it('may go through another isolate and back', () => {
    const depth: number[] = []
    using first: Isolate = new Isolate({ console: () => second.runSync("console.log('on')") })
    using second: Isolate = new Isolate({ console: () => depth.push(first.runSync('level')) })
    first.runSync("var level = 7; console.log('down')")
    expect(depth).toEqual([7])
  })

  it('may queue more, which runs after', async () => {
    let later: Promise<unknown> | undefined
    using isolate = new Isolate({
      globals: { order: [] },
      console: () => {
        later = isolate.run("order.push('later'); order.join()")
      },
    })
    isolate.runSync("console.log('x'); order.push('first')")
    expect(await later).toBe('first,later')
  })

  it('never deadlocks with a guest that prints from another thread', async () => {
    let lines = 0
    using isolate = new Isolate({ console: () => lines++ })
    const printing = isolate.run("for (let i = 0; i < 5000; i++) console.log('line', i)")
    expect(isolate.runSync('1')).toBe(1)
    await printing
    expect(lines).toBe(5000)
  })

  it('never deadlocks when two isolates print while the host waits for each in turn', async () => {
    using one = new Isolate({ console: () => {} })
    using other = new Isolate({ console: () => {} })
    const calls: Promise<unknown>[] = []
    for (let round = 0; round < 50; round++) {
      calls.push(one.run("console.log('one')"), other.run("console.log('other')"))
      expect(one.runSync<number>(`${round}`) + other.runSync<number>('1')).toBe(round + 1)
    }
    await Promise.all(calls)
  })
})
