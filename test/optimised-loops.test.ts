import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

// What V8's optimising compiler makes of a loop must still see that its time is up. Each runs long enough to be
// compiled by it in the midst of the loop.
describe('a timeout ends the optimised loop', () => {
  const programs = {
    'that makes arrays of 17': 'for (;;) new Array(17).fill(0)',
    'that makes arrays of 1000': 'for (;;) new Array(1000).fill(0)',
    'that makes arrays of 4999': 'for (;;) new Array(4999)',
    'that fills arrays by hand': 'for (;;) { const a = new Array(64); a[5] = 1; a.push(2) }',
    'that makes arrays in a constructor': 'class A { constructor() { this.list = new Array(20) } }; for (;;) new A()',
    'that makes arrays beside a short loop':
      'let n = 0; for (;;) { const a = new Array(200); for (let i = 0; i < 3; i++) a[i] = i; n += a.length }',
    'that makes arrays in an inlined function': 'const make = () => new Array(300); while (true) make()',
    'that makes arrays in a try': 'for (;;) { try { new Array(300) } catch {} }',
    'of typed arrays': 'for (;;) new Float64Array(100).fill(1)',
    'of Array.from': 'for (;;) Array.from({ length: 100 }, (_, i) => i)',
    'of map and filter': 'const a = new Array(100).fill(1); for (;;) a.map((x) => x + 1).filter((x) => x > 1)',
    'of strings': "let s = ''; for (;;) { s += 'x'; if (s.length > 1000) s = '' }",
    'of object literals': 'let o; for (;;) o = { a: 1, b: [1, 2, 3], c: { d: 2 } }',
    'of closures': 'let f; for (let i = 0; ; i++) { const t = [i]; f = () => t }',
    'around loops of few rounds':
      'let n = 0; for (;;) for (let i = 0; i < 3; i++) for (let j = 0; j < 100; j++) n += i',
    'with a counter': 'let n = 0; while (true) n++',
    'with a distant end': 'let n = 0; for (let i = 0; i < 1e15; i++) n ^= i',
    'of for-of over a big array': 'const a = new Array(1e6).fill(1); let n = 0; for (;;) for (const x of a) n += x',
    'of spreads': 'const a = [1, 2, 3, 4]; for (;;) { const b = [...a, ...a]; Math.max(...b) }',
    'of regular expressions': "for (;;) 'xx'.repeat(100).replace(/x/g, 'yy')",
    'of bigints': 'let n = 1n; for (;;) n = BigInt.asUintN(64, n * 3n)',
    'of characters':
      "const s = 'x'.repeat(1e3); let n = 0; for (;;) for (let i = 0; i < 1e3; i++) n += s.charCodeAt(i)",
  }

  it.each(Object.entries(programs))('%s', async (_which, source) => {
    using isolate = new Isolate({ memoryLimit: 32 })
    const error = await failure(isolate.run(source, { timeout: 100 }))
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(await isolate.run('6 * 7')).toBe(42)
  })
})
