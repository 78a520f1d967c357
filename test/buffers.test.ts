import { describe, expect, it } from 'vitest'
import { depict } from './helpers/depict.js'
import { evaluate } from './helpers/evaluate.js'
import { Channel, Isolate } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'

const bytes = (length: number): ArrayBuffer => Uint8Array.from({ length }, (_, index) => index * 7).buffer

const count = (...values: unknown[]): number => values.length

const kinds = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
].filter((kind) => kind in globalThis)

// 139, and part two: array-buffer-copy, resize-array-buffer
describe('buffers and their views', () => {
  const expressions = [
    ...kinds.map((kind) => `new ${kind}(Uint8Array.from({ length: 32 }, (_, i) => i * 7).buffer, 8, 2)`),
    ...kinds.map((kind) => `new ${kind}(new ArrayBuffer(0))`),
    'new ArrayBuffer(0)',
    'new Uint8Array([1, 2, 3]).buffer',
    // On both sides of the size from which bytes travel in memory of their own.
    ...[8191, 8192, 100_000].map((length) => `Uint8Array.from({ length: ${length} }, (_, i) => i * 7)`),
    '(() => { const b = new Uint8Array(9000).fill(5).buffer; return [new Uint8Array(b, 1, 8000), b, new Float64Array(b, 8, 3)] })()',
    '(() => { const b = new Uint8Array(16384).fill(3).buffer; return { b, again: [b, new Map([[b, new DataView(b, 100)]])] } })()',
    '(() => { const b = new ArrayBuffer(9000, { maxByteLength: 18000 }); new Uint8Array(b).fill(4); return b })()',
    '(() => { const b = new ArrayBuffer(1 << 14); b.transfer?.(); return b.byteLength === 0 ? 0 : new Uint8Array(b, 1 << 13) })()',
    '(() => { const b = new Uint8Array([1, 2, 3, 4]).buffer; return [new Uint8Array(b, 1, 2), new DataView(b), b, new Uint16Array(b)] })()',
    '(() => { const v = new Uint8Array(2); return { v, again: [v] } })()',
    'new ArrayBuffer(4, { maxByteLength: 64 })',
    '(() => { const b = new ArrayBuffer(64, { maxByteLength: 128 }); const v = new Uint8Array(b, 4); b.resize(16); return v })()',
    '(() => { const b = new ArrayBuffer(8, { maxByteLength: 16 }); return [new Uint8Array(b), new Uint8Array(b, 0, 8), new DataView(b, 2)] })()',
  ]

  it.each(expressions)('to a guest: %s', (source) => {
    using isolate = new Isolate()
    expect(isolate.callSync(depict, [evaluate(source)])).toBe(depict(structuredClone(evaluate(source))))
  })

  it.each(expressions)('from a guest: %s', (source) => {
    using isolate = new Isolate()
    expect(depict(isolate.runSync(`(${source})`))).toBe(depict(structuredClone(evaluate(source))))
  })

  it('a view that tracks the length still does', () => {
    using isolate = new Isolate()
    const view = new Uint8Array(
      new (ArrayBuffer as never as new (length: number, options: object) => ArrayBuffer)(4, { maxByteLength: 8 }),
    )
    expect(isolate.callSync(new Function('view', 'view.buffer.resize(8); return view.length') as never, [view])).toBe(8)
    const back = isolate.runSync<Uint8Array & { buffer: { resize(length: number): void } }>(
      'new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }))',
    )
    back.buffer.resize(2)
    expect(back.length).toBe(2)
  })

  it('a Buffer becomes a Uint8Array of its bytes', () => {
    using isolate = new Isolate()
    expect(
      isolate.callSync((view: Uint8Array) => [view.constructor === Uint8Array, ...view], [Buffer.from('abc')]),
    ).toEqual([true, 97, 98, 99])
  })

  it('a buffer shrunk by a getter while it is read is survived', () => {
    using isolate = new Isolate()
    const source = `(() => { const b = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 17 }); const v = new Uint8Array(b, 0, 1 << 16)
      return [{ get a() { b.resize(8); return 1 } }, b, v] })()`
    for (const action of [() => isolate.callSync(count, [evaluate(source)]), () => isolate.runSync(source)]) {
      try {
        action()
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
    expect(isolate.runSync('1')).toBe(1)
  })

  it.each([1, 1 << 20])('a copy is a copy: neither side sees the other’s writes, of %i bytes', (length) => {
    using isolate = new Isolate()
    const view = new Uint8Array(length).fill(1)
    const back = isolate.callSync(
      (there: Uint8Array) => {
        ;(globalThis as { kept?: Uint8Array }).kept = there.fill(9)
        return there
      },
      [view],
    )
    expect(view.every((byte) => byte === 1)).toBe(true)
    expect(back.every((byte) => byte === 9)).toBe(true)
    back.fill(2)
    expect(isolate.runSync('kept.every((byte) => byte === 9)')).toBe(true)
  })

  it('more bytes than a guest may have are a RangeError to it, and nothing is left of them', async () => {
    using isolate = new Isolate({ memoryLimit: 32 })
    const channel = new Channel<Uint8Array>()
    await isolate.set({ channel })
    const receive = `channel.receive().then((view) => view.length, (error) => error.name + ': ' + error.message)`
    for (let time = 0; time < 3; time += 1) {
      await channel.send(new Uint8Array(64 * 2 ** 20))
      expect(await isolate.run(receive)).toBe('RangeError: Array buffer allocation failed')
      await channel.send(new Uint8Array(20 * 2 ** 20))
      expect(await isolate.run(receive)).toBe(20 * 2 ** 20)
    }
    expect(channel.stats()).toMatchObject({ queued: 0, bytes: 0 })
  })
})

describe('transfer', () => {
  it('moves the bytes and detaches the sender', async () => {
    using isolate = new Isolate()
    const buffer = bytes(1024)
    const expected = new Uint8Array(buffer).reduce((sum, byte) => sum + byte, 0)
    const sum = isolate.call(
      (there: ArrayBuffer) => new Uint8Array(there).reduce((total, byte) => total + byte, 0),
      [buffer],
      { transfer: [buffer] },
    )
    expect(buffer.byteLength).toBe(0)
    expect(await sum).toBe(expected)
  })

  it('detaches the views of the sender', () => {
    using isolate = new Isolate()
    const view = new Uint8Array(bytes(16))
    expect(isolate.callSync((there: Uint8Array) => there.length, [view], { transfer: [view.buffer] })).toBe(16)
    expect(view.length).toBe(0)
  })

  it('keeps a resizable buffer resizable', () => {
    using isolate = new Isolate()
    const buffer = evaluate('new ArrayBuffer(4, { maxByteLength: 32 })') as ArrayBuffer
    const grow = new Function('buffer', 'buffer.resize(32); return buffer.byteLength') as (there: ArrayBuffer) => number
    expect(isolate.callSync(grow, [buffer], { transfer: [buffer] })).toBe(32)
  })

  it('works for globals', async () => {
    using isolate = new Isolate()
    const buffer = bytes(8)
    expect(await isolate.run('moved.byteLength', { globals: { moved: buffer }, transfer: [buffer] })).toBe(8)
    expect(buffer.byteLength).toBe(0)
  })

  it('detaches also what the values do not hold', () => {
    using isolate = new Isolate()
    const buffer = bytes(8)
    isolate.callSync(() => 1, [], { transfer: [buffer] })
    expect(buffer.byteLength).toBe(0)
  })

  it('of a detached buffer is refused', () => {
    using isolate = new Isolate()
    const buffer = bytes(8)
    structuredClone(buffer, { transfer: [buffer] })
    expect(thrown(() => isolate.callSync(() => 1, [], { transfer: [buffer] }))).toBeInstanceOf(Error)
  })

  it('of the same buffer twice is refused', () => {
    using isolate = new Isolate()
    const buffer = bytes(8)
    expect(thrown(() => isolate.callSync(count, [buffer], { transfer: [buffer, buffer] }))).toBeInstanceOf(Error)
    expect(buffer.byteLength).toBe(8)
  })

  it('detaches nothing when the values cannot be sent', async () => {
    using isolate = new Isolate()
    const buffer = bytes(8)
    await failure(async () => isolate.call(count, [buffer, Symbol('s')], { transfer: [buffer] }))
    expect(buffer.byteLength).toBe(8)
  })

  it('there and back a hundred times keeps the bytes', () => {
    using isolate = new Isolate()
    let buffer = bytes(4096)
    const expected = depict(buffer)
    for (let round = 0; round < 100; round++)
      buffer = isolate.callSync((there: ArrayBuffer) => there, [buffer], { transfer: [buffer] })
    expect(depict(buffer)).toBe(expected)
  })
})

// 273, part two: shared-array-buffer
describe('SharedArrayBuffer', () => {
  it('is the same memory on both sides', () => {
    using isolate = new Isolate()
    const view = new Int32Array(new SharedArrayBuffer(8))
    isolate.callSync(
      (there: Int32Array) => {
        ;(globalThis as Record<string, unknown>)['kept'] = there
        there[0] = 5
      },
      [view],
    )
    expect(view[0]).toBe(5)
    view[1] = 7
    expect(isolate.runSync('kept[1]')).toBe(7)
  })

  it('is shared by all isolates that hold it', async () => {
    const counter = new Int32Array(new SharedArrayBuffer(4))
    const all = Array.from({ length: 4 }, () => new Isolate({ globals: { counter } }))
    await Promise.all(all.map((isolate) => isolate.run('for (let i = 0; i < 10000; i++) Atomics.add(counter, 0, 1)')))
    await Promise.all(all.map((isolate) => isolate.close()))
    expect(counter[0]).toBe(40_000)
  })

  it('outlives the isolate that made it', async () => {
    const isolate = new Isolate()
    const view = await isolate.run<Uint8Array>('new Uint8Array(new SharedArrayBuffer(1 << 20)).fill(3)')
    isolate.terminate()
    await isolate.closed
    gc?.()
    expect(view.every((byte) => byte === 3)).toBe(true)
  })

  it('stays one buffer when it arrives twice', () => {
    using isolate = new Isolate()
    const buffer = new SharedArrayBuffer(4)
    expect(isolate.callSync((a, b) => a === b, [buffer, buffer])).toBe(true)
  })

  it('keeps its room to grow', () => {
    using isolate = new Isolate()
    const buffer = evaluate('new SharedArrayBuffer(4, { maxByteLength: 32 })') as SharedArrayBuffer
    isolate.callSync(new Function('buffer', 'buffer.grow(16)') as never, [buffer])
    expect(buffer.byteLength).toBe(16)
  })

  it('wakes a guest that waits in Atomics.wait', async () => {
    using isolate = new Isolate()
    const cell = new Int32Array(new SharedArrayBuffer(8))
    const woken = isolate.run("Atomics.store(cell, 1, 1); Atomics.wait(cell, 0, 0) !== 'timed-out'", {
      globals: { cell },
    })
    Atomics.store(cell, 0, 1)
    Atomics.notify(cell, 0)
    expect(await woken).toBe(true)
  })
})
