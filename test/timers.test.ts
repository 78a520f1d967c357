import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Gate } from './helpers/gate.js'
import { Isolate, type IsolateError, MemoryLimitError } from './helpers/isolates.js'
import { failure, outcome, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

/** Defines `log`, and `sleep`, which is over when everything due by then has been called. */
const prelude =
  'globalThis.log = []; globalThis.sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)); undefined'

/**
 * Defines `scatter`, which sets many timers, clears some of them, and counts what came out of order: the delays of two
 * differ by more than it took to set them all, or not at all.
 */
const scattering = `
  let seed = 5
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below
  globalThis.scatter = async (count) => {
    const timers = []
    const called = []
    const start = Date.now()
    for (let i = 0; i < count; i++) {
      const timer = { delay: 20 + random(40), i, cleared: false }
      timers.push(timer)
      timer.id = setTimeout(() => called.push(timer), timer.delay)
      if (i % 3 === 2) { const which = timers[random(i)]; clearTimeout(which.id); which.cleared = true }
    }
    const took = Date.now() - start + 1
    await sleep(100 + took)
    let unordered = 0
    for (let i = 1; i < called.length; i++) {
      const [a, b] = [called[i - 1], called[i]]
      if (a.delay > b.delay + took || (a.delay === b.delay && a.i > b.i)) unordered++
    }
    return { lost: timers.filter((timer) => called.includes(timer) === timer.cleared).length, unordered }
  }
  undefined`

async function prepared(): Promise<Isolate> {
  const isolate = new Isolate()
  await isolate.run(prelude)
  return isolate
}

/** The same source in Node, for what must not differ. */
function inNode<T>(source: string): Promise<T> {
  return report(`${prelude}; (async () => { ${source}; console.log(JSON.stringify(log)) })()`)
}

describe('setTimeout', () => {
  it('calls back with its arguments, and answers with a number', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(
        'let id; const args = await new Promise((resolve) => { id = setTimeout((...args) => resolve(args), 1, 1, "a", null) }); [typeof id, id > 0, args]',
      ),
    ).toEqual(['number', true, [1, 'a', null]])
  })

  it('never calls back before its time', async () => {
    using isolate = new Isolate()
    for (const delay of [1, 2, 3, 5, 7.9]) {
      const start = performance.now()
      await isolate.run(`new Promise((resolve) => setTimeout(resolve, ${delay}))`)
      expect(performance.now() - start).toBeGreaterThanOrEqual(Math.trunc(delay))
    }
  })

  it('calls back in order of the moments, and of the calls where they are equal', async () => {
    using isolate = await prepared()
    const source = `
      const later = (ms, name) => setTimeout(() => log.push(name), ms)
      later(400, 'd'); later(200, 'b'); later(1, 'a'); later(200, 'c'); later(400, 'e'); later(0, 'a0'); later(-5, 'a-'); later(NaN, 'aN')
      await sleep(400); log`
    expect(await isolate.run(source)).toEqual(['a', 'a0', 'a-', 'aN', 'b', 'c', 'd', 'e'])
  })

  it('keeps the order of thousands, whichever are cleared', async () => {
    using isolate = await prepared()
    await isolate.run(scattering)
    expect(await isolate.run('scatter(3000)')).toEqual({ lost: 0, unordered: 0 })
  })

  it('runs microtasks between two callbacks', async () => {
    const source = `
      for (const name of ['a', 'b', 'c']) setTimeout(() => { log.push(name); queueMicrotask(() => log.push(name + ' micro')); Promise.resolve().then(() => log.push(name + ' then')) }, 1)
      await sleep(10)`
    using isolate = await prepared()
    const log = await isolate.run(`${source}; log`)
    expect(log).toEqual(['a', 'a micro', 'a then', 'b', 'b micro', 'b then', 'c', 'c micro', 'c then'])
    expect(await inNode(source)).toEqual(log)
  })

  it('may be set and cleared in callbacks', async () => {
    const source = `
      await new Promise((resolve) => {
        const first = setTimeout(() => { log.push('first'); clearTimeout(second); clearTimeout(first); setTimeout(() => { log.push('nested'); resolve() }, 1) }, 1)
        const second = setTimeout(() => log.push('never'), 1)
        setTimeout(() => log.push('third'), 1)
      })`
    using isolate = await prepared()
    expect(await isolate.run(`${source}; log`)).toEqual(['first', 'third', 'nested'])
    expect(await inNode(source)).toEqual(['first', 'third', 'nested'])
  })

  it('takes a delay too long for 1 ms and says so, as Node does', async () => {
    const texts: string[] = []
    using isolate = new Isolate({ console: ({ stream, text }) => texts.push(`${stream} ${text}`) })
    await isolate.run('new Promise((resolve) => setTimeout(resolve, 2 ** 31))')
    expect(texts).toEqual([
      'stderr TimeoutOverflowWarning: 2147483648 does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.',
    ])
  })

  it('of the longest delay waits', async () => {
    using isolate = new Isolate()
    await isolate.run('setTimeout(() => { globalThis.called = true }, 2 ** 31 - 1)')
    expect(await isolate.run('new Promise((resolve) => setTimeout(() => resolve(typeof called), 5))')).toBe('undefined')
  })

  it.each(["'alert(1)'", 'undefined', 'null', '{}', '5'])('refuses %s for a callback', async (callback) => {
    using isolate = new Isolate()
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']) {
      const error = await failure(isolate.run(`${name}(${callback}, 1)`))
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
      expect(error.message).toMatch(/^The "callback" argument must be of type function\. Received /)
    }
  })

  it('gives its callback the global object for this', async () => {
    using isolate = new Isolate()
    const source = (name: string): string =>
      `new Promise((resolve) => ${name}(function () { 'use strict'; resolve(this === globalThis) }, 1))`
    expect(await isolate.run(source('setTimeout'))).toBe(true)
    expect(await isolate.run(source('setImmediate'))).toBe(true)
  })
})

describe('clearTimeout', () => {
  it.each(['', '0', '-1', '1e9', '"x"', 'null', 'undefined', '{}', 'Symbol()', '5n'])(
    'has nothing against (%s)',
    async (id) => {
      using isolate = new Isolate()
      expect(await isolate.run(`clearTimeout(${id}); clearInterval(${id}); clearImmediate(${id}); 5`)).toBe(5)
    },
  )

  it('takes the number as text, and clears intervals too', async () => {
    using isolate = await prepared()
    const source = `
      clearTimeout(String(setTimeout(() => log.push('text'), 1))); clearTimeout(setInterval(() => log.push('interval'), 1)); clearInterval(setTimeout(() => log.push('timeout'), 1))
      clearImmediate(setImmediate(() => log.push('immediate'))); clearTimeout(setImmediate(() => log.push('kept')))
      await sleep(10); await new Promise(setImmediate); log`
    expect(await isolate.run(source)).toEqual(['kept'])
  })
})

describe('setInterval', () => {
  it('calls back until it is cleared, also by itself', async () => {
    using isolate = await prepared()
    expect(
      await isolate.run(
        'const id = setInterval((step) => { log.push(step); if (log.length === 4) clearInterval(id) }, 1, "step"); while (log.length < 4) await sleep(1); await sleep(5); log',
      ),
    ).toEqual(['step', 'step', 'step', 'step'])
  })

  it('counts from when its callback began, and never catches up', async () => {
    using isolate = await prepared()
    const moments = await isolate.run<number[]>(`
      const id = setInterval(() => { log.push(Date.now()); for (const end = Date.now() + 12; Date.now() < end;); if (log.length === 4) clearInterval(id) }, 5)
      while (log.length < 4) await sleep(1)
      log`)
    const gaps = moments.slice(1).map((moment, i) => moment - (moments[i] as number))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(11)
  })

  it('goes on after its callback threw', async () => {
    using isolate = await prepared()
    const errors: string[] = []
    isolate.on('error', (error) => errors.push(error.message))
    await isolate.run(
      "const id = setInterval(() => { log.push(1); if (log.length === 3) clearInterval(id); throw new Error('at ' + log.length) }, 1); while (log.length < 3) await sleep(1)",
    )
    await until(() => errors.length === 3, 'three errors')
    expect(errors).toEqual(['at 1', 'at 2', 'at 3'])
  })
})

describe('setImmediate', () => {
  it('calls back after the current task, in order, new ones a round later', async () => {
    const source = `
      const done = new Promise((resolve) => {
        setImmediate((name) => { log.push(name); setImmediate(() => { log.push('next round'); resolve() }); queueMicrotask(() => log.push('micro')) }, 'first')
        setImmediate(() => log.push('second'))
        const cleared = setImmediate(() => log.push('never'))
        setImmediate(() => log.push('third'))
        clearImmediate(cleared)
        Promise.resolve().then(() => log.push('then'))
      })
      log.push('sync')
      await done`
    using isolate = await prepared()
    const expected = ['sync', 'then', 'first', 'micro', 'second', 'third', 'next round']
    expect(await isolate.run(`${source}; log`)).toEqual(expected)
    expect(await inNode(source)).toEqual(expected)
  })

  it('lets calls in between an endless row of immediates', async () => {
    using isolate = new Isolate()
    await isolate.run('globalThis.count = 0; (function next() { count++; setImmediate(next) })()')
    const first = await isolate.run<number>('count')
    await until(() => isolate.runSync<number>('count') > first + 100, 'immediates go on')
  })
})

describe('queueMicrotask', () => {
  it('calls back before anything else, among promise reactions in order', async () => {
    const source = `
      Promise.resolve().then(() => log.push('a')); queueMicrotask(() => log.push('b')); Promise.resolve().then(() => log.push('c')); queueMicrotask((...args) => log.push(args.length))
      log.push('sync'); await sleep(1)`
    using isolate = await prepared()
    expect(await isolate.run(`${source}; log`)).toEqual(['sync', 'a', 'b', 'c', 0])
    expect(await inNode(source)).toEqual(['sync', 'a', 'b', 'c', 0])
  })
})

describe('timers of a guest', () => {
  it('go on after the call that set them, with nobody calling', async () => {
    const called: string[] = []
    using isolate = new Isolate({ console: ({ text }) => called.push(text) })
    const source = "for (const ms of [5, 600_000]) setTimeout(() => console.log(ms), ms); 'now'"
    expect(await isolate.run(source)).toBe('now')
    await until(() => called.length === 1, 'the timer')
    expect(called).toEqual(['5'])
  })

  it('go on after callSync', async () => {
    const called: string[] = []
    using isolate = new Isolate({ console: ({ text }) => called.push(text) })
    isolate.callSync(() => {
      setTimeout(() => console.log('later'), 1)
      setImmediate(() => console.log('soon'))
    })
    await until(() => called.length === 2, 'both callbacks')
  })

  it('settle what a call waits for', async () => {
    using isolate = await prepared()
    const sleeping = isolate.call(
      async (ms) => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        return 'slept'
      },
      [3],
    )
    expect(await sleeping).toBe('slept')
    expect(thrown(() => isolate.runSync('sleep(1)')).code).toBe('ERR_PENDING_PROMISE')
  })

  it('are those of one isolate', async () => {
    using first = await prepared()
    using second = await prepared()
    await first.run('setInterval(() => log.push(1), 1)')
    await second.run('sleep(10)')
    expect(await second.run('log')).toEqual([])
  })

  it('work where the guest broke the builtins', async () => {
    using isolate = new Isolate()
    await isolate.run(`
      Map.prototype.get = Map.prototype.set = Map.prototype.delete = Array.prototype.push = Array.prototype.unshift = () => { throw new Error('broken') }
      Array.prototype[Symbol.iterator] = undefined; Math.trunc = undefined; globalThis.Number = undefined; Function.prototype.call = undefined; Object.defineProperty(Object.prototype, 'next', { get() { throw new Error('broken') } }); 0`)
    expect(
      await isolate.run('new Promise((resolve) => { setTimeout(setImmediate, 1, (...args) => resolve(args[0]), 5) })'),
    ).toBe(5)
  })

  it('may be replaced like any global', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('globalThis.setTimeout = () => 5; setTimeout()')).toBe(5)
    expect(
      await isolate.run(
        "Object.entries(Object.getOwnPropertyDescriptors(globalThis)).filter(([name]) => /^(setI|clear|queue)/.test(name)).every(([name, d]) => d.writable && d.enumerable && d.configurable && d.value.name === name && !('prototype' in d.value))",
      ),
    ).toBe(true)
  })
})

describe('limits hit timers', () => {
  it('the timeout of the isolate bounds each callback, and is reported', async () => {
    using isolate = new Isolate({ timeout: 20 })
    const errors: IsolateError[] = []
    isolate.on('error', (error) => errors.push(error))
    await isolate.run(
      'globalThis.beats = 0; setInterval(() => beats++, 1); setTimeout(function spinning() { for (;;); }, 1)',
      { timeout: 20_000 },
    )
    await until(() => errors.length === 1, 'the timeout')
    expect(errors[0]).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
    expect(errors[0]?.message).toContain('20 ms')
    const patient = { timeout: 20_000 }
    const beats = isolate.runSync<number>('beats', patient)
    await until(() => isolate.runSync<number>('beats', patient) > beats, 'the interval goes on')
  })

  it('the timeout of the isolate is not up where nothing runs', async () => {
    using isolate = new Isolate({ timeout: 0.05 })
    const errors: string[] = []
    isolate.on('error', ({ message }) => errors.push(message))
    for (let round = 0; round < 300; round++) await outcome(isolate.run('1'))
    expect(errors).toEqual([])
  })

  it('a call that has more time may use it in what its timers go on with', async () => {
    using isolate = new Isolate({ timeout: 10 })
    await isolate.run(prelude, { timeout: 20_000 })
    expect(
      await isolate.run('await sleep(1); for (const end = Date.now() + 40; Date.now() < end;); "done"', {
        timeout: 20_000,
      }),
    ).toBe('done')
  })

  it('a spinning callback ends with the isolate', async () => {
    const gate = new Gate()
    const isolate = new Isolate({ globals: gate.globals })
    await isolate.run(`setTimeout(() => { ${gate.spin} }, 1)`)
    await gate.reached()
    isolate.terminate()
    expect(await isolate.closed).toEqual({ kind: 'terminate' })
  })

  it('a call is cut off in the midst of setting timers, and those go on in order', async () => {
    using isolate = await prepared()
    await isolate.run(scattering)
    for (let round = 0; round < 10; round++) {
      const source =
        'for (let i = 0; ; i++) { const id = setTimeout(() => {}, 1e9 - i % 977); if (i % 2 || i > 2e4) clearTimeout(id - i % 3) }'
      expect(await failure(isolate.run(source, { timeout: 5 + round }))).toMatchObject({ code: 'ERR_TIMEOUT' })
      expect(await isolate.run('scatter(100)')).toEqual({ lost: 0, unordered: 0 })
    }
  })

  it('a flood of timers is memory of the guest', async () => {
    const isolate = new Isolate({ memoryLimit: 32 })
    expect(await failure(isolate.run('for (;;) setTimeout(() => {}, 1e9)'))).toBeInstanceOf(MemoryLimitError)
    expect(await isolate.closed).toEqual({ kind: 'memory-limit' })
  })

  it('a callback that fills the memory ends the isolate', async () => {
    const isolate = new Isolate({ memoryLimit: 32 })
    await isolate.run('setTimeout(() => { const list = []; for (;;) list.push(new Array(1000).fill(list)) }, 1)')
    expect(await isolate.closed).toEqual({ kind: 'memory-limit' })
  })

  it('a promise reaction of a timer is nobody’s, until a call waits for it', async () => {
    using isolate = await prepared()
    const spinning = outcome(isolate.run('await sleep(5); for (;;);', { timeout: 50 }))
    expect(await spinning).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } })
    expect(await isolate.run('1 + 1')).toBe(2)
  })
})
