import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate } from './helpers/isolates.js'
import { until } from './helpers/until.js'

/** Collects garbage until `condition` holds. */
function collected(condition: () => boolean): Promise<void> {
  if (gc === undefined) throw new Error('these tests need node --expose-gc')
  return until(() => {
    gc?.()
    return condition()
  }, 'collected')
}

// D59, and part two: orphaned-isolate-gc
describe('an isolate nobody holds', () => {
  it('is collected', async () => {
    new Isolate()
    await collected(() => Isolate.all().length === 0)
  })

  it('is collected after it ran', async () => {
    await (async () => {
      await new Isolate().run('var heap = Array.from({ length: 1000 }, () => ({})); 1')
    })()
    await collected(() => Isolate.all().length === 0)
  })

  it('is collected although its console callback refers to it', async () => {
    ;(() => {
      const isolate: Isolate = new Isolate({ console: () => isolate.name })
      isolate.runSync("console.log('x')")
    })()
    await collected(() => Isolate.all().length === 0)
  })

  it('resolves the promise of its end', async () => {
    const closed = (() => {
      const isolate = new Isolate()
      isolate.runSync('1')
      return isolate.closed
    })()
    let kind: string | undefined
    void closed.then((reason) => {
      kind = reason.kind
    })
    await collected(() => kind !== undefined)
  })

  it('is collected by the hundred', async () => {
    for (let count = 0; count < 100; count++) new Isolate().runSync('1')
    await collected(() => Isolate.all().length === 0)
  })
})

describe('an isolate with a call in flight', () => {
  it('is kept by it', async () => {
    const gate = new Gate()
    const held = (() => new Isolate().run(`${gate.hold}; 'kept'`, { globals: gate.globals }))()
    await gate.reached()
    for (let round = 0; round < 5; round++) await collected(() => true)
    expect(Isolate.all()).toHaveLength(1)
    gate.open()
    expect(await held).toBe('kept')
    await collected(() => Isolate.all().length === 0)
  })

  it('is kept although the promise is dropped too', async () => {
    const gate = new Gate()
    ;(() => {
      void new Isolate().run(`${gate.hold}; Atomics.store(gate, 0, 7)`, { globals: gate.globals })
    })()
    await gate.reached()
    for (let round = 0; round < 5; round++) await collected(() => true)
    gate.open()
    await until(() => gate.arrivals === 7, 'the dropped call finished')
    await collected(() => Isolate.all().length === 0)
  })

  it('is kept by queued calls, which all finish', async () => {
    const calls = (() => {
      const isolate = new Isolate()
      return Array.from({ length: 50 }, (_, index) => isolate.run(`${index}`))
    })()
    await collected(() => true)
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, (_, index) => index))
    await collected(() => Isolate.all().length === 0)
  })
})

it('a handle that is held is not collected', async () => {
  using isolate = new Isolate()
  for (let round = 0; round < 3; round++) await collected(() => true)
  expect(Isolate.all()).toEqual([isolate])
  expect(isolate.runSync('1')).toBe(1)
})
