import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'

describe('streams', () => {
  it('do what Node’s do', async () => {
    await same(`
      const lines = []
      const collect = async (stream) => { const all = []; for await (const each of stream) all.push(each); return text(all) }
      const counting = () => { let at = 0; return new ReadableStream({ pull(controller) { if (++at > 3) controller.close(); else controller.enqueue(at) } }) }
      lines.push(await collect(counting()), await collect(counting().pipeThrough(new TransformStream({ transform(each, controller) { controller.enqueue(each * 2) }, flush(controller) { controller.enqueue('end') } }))))
      const [left, right] = counting().tee()
      lines.push(await collect(left), await collect(right))
      const written = []
      await counting().pipeTo(new WritableStream({ write(each) { written.push(each) }, close() { written.push('closed') } }, new CountQueuingStrategy({ highWaterMark: 2 })))
      lines.push(text(written))
      const failing = new ReadableStream({ pull() { throw new RangeError('no') } })
      lines.push(await failed(failing.getReader().read()), await failed(counting().pipeTo(new WritableStream({ write() { throw new SyntaxError('bad') } }))))
      const bytes = new ReadableStream({ type: 'bytes', pull(controller) { const view = controller.byobRequest?.view; if (view) { view[0] = 9; controller.byobRequest.respond(1) } else controller.enqueue(new Uint8Array([1, 2, 3])) } })
      const byob = bytes.getReader({ mode: 'byob' })
      lines.push(text((await byob.read(new Uint8Array(4))).value))
      byob.releaseLock()
      const locked = counting()
      const reader = locked.getReader()
      lines.push(locked.locked, caught(() => locked.getReader()), await failed(locked.cancel()), text((await reader.read()).value), text(await reader.cancel()), text(await reader.closed))
      lines.push(await collect(ReadableStream.from(['a', 'b'])), new ByteLengthQueuingStrategy({ highWaterMark: 5 }).highWaterMark, caught(() => new ReadableStream(5)), caught(() => new ReadableStreamDefaultController()))
      const controller = new AbortController()
      const aborted = counting().pipeTo(new WritableStream(), { signal: controller.signal })
      controller.abort(new Error('stop'))
      lines.push(await failed(aborted))
      const writer = new WritableStream({ start(c) { c.signal.addEventListener('abort', () => lines.push('aborted')) } }).getWriter()
      await writer.ready
      lines.push(writer.desiredSize)
      await writer.abort('x')
      lines.push(await failed(writer.closed))
      return lines.map(String)`)
  })

  it('of text split characters nowhere', async () => {
    await same(`
      const source = (...chunks) => new ReadableStream({ start(controller) { for (const chunk of chunks) controller.enqueue(chunk); controller.close() } })
      const collect = async (stream) => { const all = []; for await (const each of stream) all.push(each); return text(all) }
      return [
        await collect(source('a\\ud83d', '\\ude00b', '\\ud83d').pipeThrough(new TextEncoderStream())),
        await collect(source(new Uint8Array([0xe2, 0x82]), new Uint8Array([0xac, 65]), new Uint8Array([0xf0])).pipeThrough(new TextDecoderStream())),
        await failed(collect(source(new Uint8Array([0xff])).pipeThrough(new TextDecoderStream('utf-8', { fatal: true })))),
        await failed(collect(source('text').pipeThrough(new TextDecoderStream()))),
        new TextDecoderStream('latin1').encoding, new TextEncoderStream().encoding,
      ]`)
  })
})

const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

describe('compression', () => {
  it.each(['gzip', 'deflate', 'deflate-raw'])('of %s is read by Node, and the other way round', async (format) => {
    const run = `async (format, input) => {
      const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer())
      return { packed: await through(input, new CompressionStream(format)), both: await through(await through(input, new CompressionStream(format)), new DecompressionStream(format)) }
    }`
    const input = new Uint8Array(100_000).map((_, index) => (index * index) >> 3)
    using isolate = new Isolate()
    // biome-ignore lint/security/noGlobalEval: the same source on both sides
    const make = globalThis.eval(`(${run})`) as (
      format: string,
      input: Uint8Array,
    ) => Promise<Record<'packed' | 'both', Uint8Array>>
    const unpack = async (bytes: Uint8Array): Promise<Uint8Array> =>
      new Uint8Array(
        await new Response(
          new Blob([bytes as never]).stream().pipeThrough(new DecompressionStream(format as 'gzip')),
        ).arrayBuffer(),
      )
    const guest = await isolate.call(make, [format, input])
    const host = await make(format, input)
    expect(equal(guest.both, input)).toBe(true)
    expect(equal(await unpack(guest.packed), input)).toBe(true)
    await isolate.set({ packed: host.packed, format })
    const unpacked = await isolate.run<Uint8Array>(
      'new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream(format))).arrayBuffer())',
    )
    expect(equal(unpacked, input)).toBe(true)
  })

  it('refuses what is damaged, cut off or too long, and formats there are none of', async () => {
    using isolate = new Isolate()
    const source = `
      const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer())
      const failed = (promise) => promise.then(() => 'passed', (error) => error.name)
      const good = await through('x'.repeat(1000), new CompressionStream('gzip'))
      const bad = good.slice()
      bad[bad.length - 6] ^= 1
      const none = (() => { try { new CompressionStream('brotli7') } catch (error) { return error.name } })()
      ;[
        await failed(through(bad, new DecompressionStream('gzip'))),
        await failed(through(good.subarray(0, good.length - 3), new DecompressionStream('gzip'))),
        await failed(through(new Uint8Array([...good, 0]), new DecompressionStream('gzip'))),
        await failed(through(good, new DecompressionStream('deflate'))),
        none,
      ].join()`
    expect(await isolate.run(source)).toBe('TypeError,TypeError,TypeError,TypeError,TypeError')
  })

  it('takes no memory that others may change meanwhile', async () => {
    using isolate = new Isolate()
    const source = `
      const outcomes = []
      for (const stream of [new CompressionStream('gzip'), new DecompressionStream('gzip')]) {
        stream.readable.getReader().read().catch(() => {})
        const writing = stream.writable.getWriter().write(new Uint8Array(new SharedArrayBuffer(8)))
        outcomes.push(await writing.then(() => 'passed', (error) => error.name))
      }
      outcomes.join()`
    expect(await isolate.run(source)).toBe('TypeError,TypeError')
  })
})
