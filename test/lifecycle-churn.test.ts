import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { type Outcome, outcome } from './helpers/outcome.js'
import { Random, seed } from './helpers/random.js'
import { quarantine } from './helpers/sanitizer.js'
import { turn } from './helpers/until.js'

// A7, 265, and part two: timer-free, self-async-dispose
describe('again and again', () => {
  it('a thousand isolates created and terminated', async () => {
    for (let round = 0; round < 1000; round++) {
      const isolate = new Isolate()
      if (round % 3 === 0) void outcome(isolate.run('1'))
      isolate.terminate()
      if (round % 50 === 0) await isolate.closed
    }
    using isolate = new Isolate()
    expect(await isolate.run('6 * 7')).toBe(42)
  })

  it('two hundred created, run and closed, without a leak', async () => {
    const grown = await report<number>(
      `const { Isolate } = require('isolates')
      const cycle = async (rounds) => { for (let round = 0; round < rounds; round++) { const isolate = new Isolate(); await isolate.run('new Array(1000).fill({}).length'); await isolate.close() } gc() }
      cycle(100).then(async () => {
        const before = process.memoryUsage.rss()
        await cycle(200)
        console.log((process.memoryUsage.rss() - before) / 2 ** 20)
      })`,
      { flags: ['--expose-gc'] },
    )
    // An isolate holds well over half a megabyte: leaking them would show as more than a hundred. AddressSanitizer keeps
    // 256 MB of what was freed, and finds leaks by itself.
    expect(grown).toBeLessThan(40 + quarantine / 2 ** 20)
  })

  it('a hundred runs cut off by a timeout just before the end', async () => {
    for (let round = 0; round < 100; round++) {
      const isolate = new Isolate()
      await outcome(isolate.run('for (;;);', { timeout: 0.1 }))
      isolate.terminate()
    }
    expect(Isolate.all()).toEqual([])
  })

  it('terminated right after an async call', async () => {
    const calls: Promise<Outcome<unknown>>[] = []
    for (let round = 0; round < 100; round++) {
      const isolate = new Isolate()
      calls.push(outcome(isolate.run('1')))
      isolate.terminate()
    }
    for (const result of await Promise.all(calls))
      if (result.status === 'rejected') expect(result.reason.code).toBe('ERR_ISOLATE_CLOSED')
  })
})

describe(`random interleavings (TEST_SEED=${seed})`, () => {
  const random = new Random(seed)

  /** Does one random thing to one of a few isolates; every promise it makes goes into `pending`. */
  function step(live: Isolate[], pending: Promise<Outcome<unknown>>[]): void {
    if (live.length < 3) live.push(new Isolate({ console: () => {}, globals: { a: [1] } }))
    const isolate = random.pick(live)
    const drop = (): void => void live.splice(live.indexOf(isolate), 1)
    const actions: (() => void)[] = [
      () => void pending.push(outcome(isolate.run(`for (let i = 0; i < ${random.below(1e5)}; i++); 1`))),
      () => void pending.push(outcome(isolate.run('await null; a.length'))),
      () => void pending.push(outcome(isolate.run("console.log('x'); throw new Error('x')"))),
      () => void pending.push(outcome(isolate.run('for (;;);', { timeout: 1 + random.below(5) }))),
      () => void pending.push(outcome(isolate.run('for (;;);', { signal: AbortSignal.timeout(random.below(5)) }))),
      () => void pending.push(outcome(isolate.call((list: number[]) => list.length, [[1, 2]]))),
      () => void pending.push(outcome(isolate.set({ a: [random.below(9)] }))),
      () => void pending.push(outcome(isolate.get('a'))),
      // With a timeout: they may stand behind a loop that only a turn of this thread's event loop aborts.
      () => void pending.push(outcome((async () => isolate.runSync('1', { timeout: 20 }))())),
      () =>
        void pending.push(outcome((async () => isolate.callSync((list: number[]) => list, [[1]], { timeout: 20 }))())),
      () => void isolate.stats(),
      () => {
        pending.push(outcome(isolate.close()))
        drop()
      },
      () => {
        isolate.terminate()
        drop()
      },
    ]
    random.pick(actions)()
  }

  it('leave nothing pending and the state right', async () => {
    const live: Isolate[] = []
    const pending: Promise<Outcome<unknown>>[] = []
    for (let count = 0; count < 600; count++) {
      step(live, pending)
      if (random.below(4) === 0) await turn()
    }
    const codes = new Set<string>()
    for (const result of await Promise.all(pending)) if (result.status === 'rejected') codes.add(result.reason.code)
    for (const code of codes) expect(['ERR_REMOTE', 'ERR_TIMEOUT', 'ERR_ISOLATE_CLOSED', 23]).toContain(code)
    expect(Isolate.all()).toEqual(live.slice().sort((a, b) => a.id - b.id))
    for (const isolate of live) expect(await isolate.run('1')).toBe(1)
    await Promise.all(live.map((isolate) => isolate.close()))
  })
})
