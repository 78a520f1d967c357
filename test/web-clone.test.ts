import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'

describe('structuredClone', () => {
  it('copies and refuses what Node’s does', async () => {
    await same(`
      const values = [1, -0, 1n, 'a', null, undefined, true, new Date(5), /a/gi, new Map([[1, new Set([2])]]), [1, , 3], { a: { b: 1 } }, new Error('x'), new RangeError('y'), new Uint8Array([1, 2]), new DataView(new ArrayBuffer(3)), Object(5), Object('s'), new (class A { b = 1 })()]
      const bad = [() => 1, Symbol('s'), { f() {} }, new WeakMap(), new Proxy({}, {}), Promise.resolve()]
      const lines = values.map((value) => caught(() => { const copy = structuredClone(value); return [copy, Object.prototype.toString.call(copy), copy === value, copy?.constructor?.name] }))
      lines.push(...bad.map((value) => caught(() => structuredClone(value))))
      const cycle = { list: [] }
      cycle.list.push(cycle)
      const copy = structuredClone(cycle)
      lines.push(copy.list[0] === copy)
      const error = Object.assign(new TypeError('t', { cause: 5 }), { extra: 1 })
      lines.push(text([structuredClone(error).message, structuredClone(error).extra, structuredClone(error).stack === error.stack]))
      lines.push(caught(() => structuredClone()), caught(() => structuredClone(1, 5)), caught(() => structuredClone(1, null)), caught(() => structuredClone(1, { transfer: 5 })))
      lines.push(caught(() => structuredClone({ get a() { throw new RangeError('mine') } })))
      return lines.map(String)`)
  })

  it('moves buffers', async () => {
    await same(`
      const buffer = new Uint8Array([1, 2, 3]).buffer
      const view = new Uint8Array(buffer, 1)
      const copy = structuredClone({ view, buffer }, { transfer: [buffer] })
      const lines = [buffer.byteLength, view.length, copy.view, copy.buffer.byteLength, copy.view.buffer === copy.buffer]
            const twice = new ArrayBuffer(1)
      lines.push(caught(() => structuredClone(1, { transfer: [twice, twice] })), twice.byteLength)
      const shared = new SharedArrayBuffer(4)
      new Uint8Array(structuredClone([shared, shared])[1])[0] = 7
      lines.push(new Uint8Array(shared)[0])
      return lines.map(text)`)
  })

  it('takes a module of WebAssembly and the handles of this library along', () => {
    using isolate = new Isolate()
    const source = `
      const channel = new isolates.Channel()
      const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
      const copy = structuredClone({ channel, list: [channel], module })
      ;[copy.channel === channel, copy.list[0] === channel, copy.module instanceof WebAssembly.Module].join()`
    expect(isolate.runSync(source)).toBe('true,true,true')
  })

  it('never takes more memory than the isolate has', async () => {
    using isolate = new Isolate({ memoryLimit: 32 })
    // A megabyte that is written a thousand times.
    const source =
      "const s = 'x'.repeat(1 << 20); try { structuredClone(Array(1000).fill(s)) } catch (error) { error.name }"
    expect(await isolate.run(source)).toBe('DataCloneError')
  })

  it('ends at a stack overflow, and goes on', () => {
    using isolate = new Isolate()
    const source =
      "let deep = {}; for (let i = 0; i < 200_000; i++) deep = { deep }; let name = 'none'; try { structuredClone(deep) } catch (error) { name = error.name }; [name, structuredClone(5)].join()"
    expect(isolate.runSync(source)).toMatch(/^(RangeError|DataCloneError),5$/)
  })
})
