import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'

describe('TextEncoder and TextDecoder', () => {
  const byte = fc.oneof(
    fc.constantFrom(
      0x41,
      0x80,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
      0x9f,
      0xa0,
      0x8f,
      0x90,
      0xbb,
      0xbf,
    ),
    fc.integer({ min: 0, max: 255 }),
  )

  it('decode UTF-8 as Node does, whole or in pieces, right or wrong', async () => {
    const samples = fc.sample(fc.tuple(fc.array(byte, { maxLength: 14 }), fc.array(fc.nat(5), { maxLength: 5 })), {
      numRuns: 1500,
      seed: 7,
    })
    const lists = await same(`
      const decoders = [{}, { fatal: true }, { ignoreBOM: true }, { fatal: true, ignoreBOM: true }]
      return ${JSON.stringify(samples)}.flatMap(([bytes, cuts]) => decoders.map((options) => {
        const whole = new Uint8Array(bytes)
        const decoder = new TextDecoder('utf-8', options)
        const pieces = () => {
          let out = ''
          let at = 0
          for (const cut of cuts) { out += decoder.decode(whole.subarray(at, at + cut), { stream: true }) + '|'; at += cut }
          return out + decoder.decode(whole.subarray(at))
        }
        return caught(() => decoder.decode(whole)) + ' ' + caught(pieces) + ' ' + caught(() => decoder.decode(whole))
      }))`)
    expect(lists.length).toBe(6000)
  })

  it('encode as Node does', async () => {
    const samples = fc.sample(
      fc.oneof(
        fc.array(fc.nat(0x10ffff), { maxLength: 10 }).map((codes) => String.fromCodePoint(...codes)),
        fc.string({ unit: fc.constantFrom('a', 'ä', '€', '😀', '\ud800', '\udc00', '\0') }),
      ),
      { numRuns: 500, seed: 3 },
    )
    await same(`
      const encoder = new TextEncoder()
      return ${JSON.stringify(samples)}.map((sample) => {
        const into = new Uint8Array(7)
        return text([encoder.encode(sample), encoder.encodeInto(sample, into), into])
      })`)
  })

  it('know the other encodings by all their names', async () => {
    await same(`
      const lines = []
      const bytes = new Uint8Array(128).map((_, index) => index + 128)
      for (const label of ['ISO-8859-2', 'koi8-r', 'windows-1251', 'macintosh', ' Utf-16LE ', 'utf-16be', 'x-cp1250', 'iso-8859-8']) {
        const decoder = new TextDecoder(label)
        lines.push(decoder.encoding + ' ' + decoder.fatal + ' ' + (label.includes('16') ? '' : text(decoder.decode(bytes))))
      }
      for (const [label, ...codes] of [['shift_jis', 0x82, 0xa0], ['gbk', 0xc4, 0xe3], ['big5', 0xa7, 0x41], ['euc-kr', 0xb0, 0xa1], ['euc-jp', 0xa4, 0xa2], ['gb18030', 0x81, 0x30, 0x81, 0x30], ['utf-16le', 0x41, 0, 0x3d, 0xd8]]) lines.push(label + new TextDecoder(label).decode(new Uint8Array(codes)))
      for (const label of ['nope', '', 'utf-7', 'replacement']) lines.push(caught(() => new TextDecoder(label)))
      return lines`)
  })

  it('take what Node takes, and refuse what it refuses', async () => {
    await same(`
      const shared = new SharedArrayBuffer(2)
      new Uint8Array(shared).set([65, 66])
      const buffer = new Uint8Array([67, 68, 69]).buffer
      return [
        ...[shared, buffer, new DataView(buffer, 1), new Uint16Array(1), undefined].map((input) => caught(() => new TextDecoder().decode(input))),
        ...['x', null, 5, {}, []].map((input) => caught(() => new TextDecoder().decode(input))),
        ...[undefined, null, 5, {}].map((input) => caught(() => new TextEncoder().encode(input))),
        caught(() => new TextEncoder().encodeInto('a', [])), caught(() => new TextEncoder().encodeInto('a', new Uint16Array(2))),
        caught(() => TextDecoder()), caught(() => TextDecoder.prototype.fatal), new TextEncoder().encoding, Object.prototype.toString.call(new TextDecoder()),
      ]`)
  })

  it('keep to the memory limit', async () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    const source =
      "const big = 'ü'.repeat(9_000_000); try { new TextEncoder().encode(big) } catch (error) { error.name }"
    expect(await isolate.run(source)).toBe('RangeError')
    expect(await isolate.run('new TextEncoder().encode("a").length')).toBe(1)
  })
})

describe('atob and btoa', () => {
  it('give what Node’s give', async () => {
    const text = fc.string({
      unit: fc.constantFrom('A', 'b', '=', '==', '+', '/', ' ', '\n', 'ÿ', '-', 'Ā', '\0', '\v'),
    })
    const samples = fc.sample(text, { numRuns: 1500, seed: 9 })
    const lists = await same(
      `return [...${JSON.stringify(samples)}, null, undefined, 5, 'YQ', 'YWJj'].map((sample) => caught(() => btoa(sample)) + ' ' + caught(() => atob(sample)))`,
    )
    expect(lists.filter((line) => line.includes('threw')).length).toBeGreaterThan(100)
  })

  it('give what Node’s give for texts that are encoded in several pieces', async () => {
    const sizes = [0, 1, 2, 3, 4, 24575, 24576, 24577, 24578, 24579, 49151, 49152, 49153, 100_000]
    await same(`return ${JSON.stringify(sizes)}.map((size) => {
      const text = Array.from({ length: size }, (_, i) => String.fromCharCode((i * 7 + size) % 256)).join('')
      return btoa(text) + (atob(btoa(text)) === text)
    })`)
  })

  it('take nothing from a buffer that was moved elsewhere', async () => {
    await same(`
      const buffer = new TextEncoder().encode('text').buffer
      const view = new Uint8Array(buffer, 1)
      structuredClone(0, { transfer: [buffer] })
      return [new TextDecoder().decode(buffer), new TextDecoder().decode(view), new TextDecoder('utf-16le').decode(view)].map(text)`)
  })
})
