import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate } from './helpers/isolates.js'
import { outcome } from './helpers/outcome.js'

/** Says it is here and stands on its core until the other one is here too: two calls that do not run at once never end. */
function meet(cells: Int32Array, mine: number, theirs: number): string {
  Atomics.store(cells, mine, 1)
  while (Atomics.load(cells, theirs) === 0);
  return 'met'
}

/** Takes turns with another isolate, cell by cell. */
function rally(cell: Int32Array, parity: number, rounds: number): number {
  for (let ball = parity; ball < rounds; ball += 2) {
    while (Atomics.load(cell, 0) !== ball);
    Atomics.store(cell, 0, ball + 1)
  }
  return Atomics.load(cell, 0)
}

const timeout = 20_000

// 266
describe('isolates run in parallel', () => {
  it('two of them, on threads of their own', async () => {
    using one = new Isolate()
    using other = new Isolate()
    const cells = new Int32Array(new SharedArrayBuffer(8))
    const calls = [one.call(meet, [cells, 0, 1], { timeout }), other.call(meet, [cells, 1, 0], { timeout })]
    expect(await Promise.all(calls)).toEqual(['met', 'met'])
  })

  it('one on its own thread and one on the caller’s', async () => {
    using one = new Isolate()
    using other = new Isolate()
    const cells = new Int32Array(new SharedArrayBuffer(8))
    const call = one.call(meet, [cells, 0, 1], { timeout })
    expect(other.callSync(meet, [cells, 1, 0], { timeout })).toBe('met')
    expect(await call).toBe('met')
  })

  it('beside the host’s own JavaScript', async () => {
    using isolate = new Isolate()
    const cells = new Int32Array(new SharedArrayBuffer(8))
    const call = isolate.call(meet, [cells, 0, 1], { timeout })
    expect(meet(cells, 1, 0)).toBe('met')
    expect(await call).toBe('met')
  })

  it('in every turn of a rally', async () => {
    using one = new Isolate()
    using other = new Isolate()
    const cell = new Int32Array(new SharedArrayBuffer(4))
    const calls = [one.call(rally, [cell, 0, 2000], { timeout }), other.call(rally, [cell, 1, 2000], { timeout })]
    expect(Math.max(...(await Promise.all(calls)))).toBe(2000)
  })

  it('however many wait without working', async () => {
    const gate = new Gate()
    const waiting = Array.from({ length: 40 }, () => new Isolate({ globals: gate.globals }))
    const calls = waiting.map((isolate) => isolate.run(gate.hold))
    await gate.reached(40)
    gate.open()
    expect(await Promise.all(calls)).toEqual(Array(40).fill('passed'))
    for (const isolate of waiting) isolate.terminate()
  })
})

describe('one isolate', () => {
  it('never runs two calls at once', async () => {
    using isolate = new Isolate({ globals: { inside: new Int32Array(new SharedArrayBuffer(4)) } })
    const source =
      'if (Atomics.add(inside, 0, 1) !== 0) throw new Error("not alone"); for (let i = 0; i < 1e5; i++); Atomics.sub(inside, 0, 1)'
    const calls: Promise<unknown>[] = []
    for (let round = 0; round < 50; round++) {
      calls.push(isolate.run(source))
      if (round % 5 === 0) isolate.runSync(source)
    }
    expect(await Promise.all(calls)).toEqual(Array(50).fill(1))
  })
})

// A2, A4, and part two: context-spam
describe('many isolates', () => {
  it('a hundred alive at once, each with its own state', async () => {
    const all = Array.from({ length: 100 }, (_, index) => new Isolate({ globals: { index } }))
    expect(await Promise.all(all.map((isolate) => isolate.run('globalThis.twice = index * 2')))).toEqual(
      all.map((_, index) => index * 2),
    )
    expect(await Promise.all(all.map((isolate) => isolate.run('twice + 1')))).toEqual(
      all.map((_, index) => index * 2 + 1),
    )
    await Promise.all(all.map((isolate) => isolate.close()))
  })

  it('a hundred made, used and closed at once', async () => {
    const once = async (index: number): Promise<number> => {
      await using isolate = new Isolate()
      return await isolate.call((number: number) => number + 1, [index])
    }
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    expect(await Promise.all(numbers.map(once))).toEqual(numbers.map((number) => number + 1))
  })

  it('each get their own calls’ results, however they are mixed', async () => {
    const all = Array.from({ length: 10 }, (_, index) => new Isolate({ globals: { index } }))
    const calls = Array.from({ length: 1000 }, (_, call) => (all[call % 10] as Isolate).run(`index * 1000 + ${call}`))
    expect(await Promise.all(calls)).toEqual(calls.map((_, call) => (call % 10) * 1000 + call))
    await Promise.all(all.map((isolate) => isolate.close()))
  })
})

describe('starvation', () => {
  it('does not come from guests that spin, though there are more of them than cores', async () => {
    const gate = new Gate()
    const spinners = Array.from(
      { length: 2 * availableParallelism() + 2 },
      () => new Isolate({ globals: gate.globals }),
    )
    const spinning = spinners.map((isolate) => outcome(isolate.run('Atomics.add(gate, 0, 1); for (;;);')))
    await gate.reached(spinners.length)
    using isolate = new Isolate()
    expect(await isolate.run('6 * 7')).toBe(42)
    expect(isolate.runSync('6 * 7')).toBe(42)
    for (const spinner of spinners) spinner.terminate()
    await Promise.all(spinning)
  })

  it('does not come from guests that wait', async () => {
    const gate = new Gate()
    const sleepers = Array.from(
      { length: 2 * availableParallelism() + 20 },
      () => new Isolate({ globals: gate.globals }),
    )
    const sleeping = sleepers.map((isolate) => outcome(isolate.run(gate.hold)))
    await gate.reached(sleepers.length)
    using isolate = new Isolate()
    expect(await isolate.run('6 * 7')).toBe(42)
    for (const sleeper of sleepers) sleeper.terminate()
    await Promise.all(sleeping)
  })

  it('does not come from an isolate with a long queue', async () => {
    const gate = new Gate()
    using busy = new Isolate({ globals: gate.globals })
    using other = new Isolate()
    const calls = [busy.run(gate.hold), ...Array.from({ length: 1000 }, () => busy.run('1'))]
    await gate.reached()
    expect(await other.run('1')).toBe(1)
    gate.open()
    await Promise.all(calls)
  })
})
