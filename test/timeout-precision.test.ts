import { describe, expect, it } from 'vitest'
import { Isolate, TimeoutError } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

const limit = 50
// How late a limit may be: far more than it is on a machine that is at rest (`npm run bench -- --cases precision` tells), far
// less than what these programs take without one.
const patience = 1500

const programs: [means: string, source: string][] = [
  ['a loop', 'for (;;);'],
  ['a loop in a microtask', 'Promise.resolve().then(() => { for (;;); }); 1'],
  ['endless microtasks', 'const spin = () => Promise.resolve().then(spin); spin(); 1'],
  ['a regular expression', '/^(a+)+$/.test("a".repeat(60) + "!")'],
  ['a regular expression on a long text', '/(?:.*a){12}b/.test("a".repeat(50_000))'],
  ['JSON.stringify', 'const big = Array.from({ length: 1e5 }, (_, i) => ({ i })); for (;;) JSON.stringify(big)'],
  ['toJSON', 'JSON.stringify({ toJSON() { for (;;); } })'],
  [
    'JSON.parse',
    'const text = JSON.stringify(Array.from({ length: 1e5 }, (_, i) => ({ i }))); for (;;) JSON.parse(text)',
  ],
  ['a reviver', 'JSON.parse("[1]", () => { for (;;); })'],
  [
    'a comparator',
    'Array.from({ length: 1e6 }, (_, i) => -i).sort((a, b) => { for (let i = 0; i < 1e4; i++); return a - b })',
  ],
  [
    'a sort of numbers',
    'const list = Float64Array.from({ length: 2e6 }, () => Math.random()); for (;;) list.slice().sort()',
  ],
  ['a getter of the result', '({ get a() { for (;;); } })'],
  ['a trap of a proxy', 'const p = new Proxy({}, { get() { for (;;); } }); p.x'],
  ['traps of a proxy', 'const p = new Proxy({}, { get: () => 1 }); for (;;) p.x'],
  ['Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
  [
    'WebAssembly',
    // (module (func (export "f") (loop br 0)))
    `const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11])
     new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f()`,
  ],
  ['arithmetic of bigints', 'let big = 3n; for (;;) { if (big > 1n << 1_000_000n) big = 3n; big *= big }'],
  [
    'collections of garbage',
    'let list = []; for (;;) { list.push({ a: [list.length] }); if (list.length > 1e6) list = [] }',
  ],
  [
    'concatenations',
    'let text = ""; for (;;) { text += "x"; if (text.length > 1e7) { text.charCodeAt(1); text = "" } }',
  ],
  ['a spread', 'const list = Array.from({ length: 1e6 }, (_, i) => i); for (;;) [...list, ...list]'],
]

describe('a limit of 50 ms', () => {
  it.each(programs)('ends %s in time', (_means, source) => {
    using isolate = new Isolate({ memoryLimit: 512 })
    isolate.runSync('1')
    const began = performance.now()
    const error = thrown(() => isolate.runSync(source, { timeout: limit }))
    const took = performance.now() - began
    expect(error).toBeInstanceOf(TimeoutError)
    expect(took).toBeGreaterThanOrEqual(limit - 1)
    expect(took).toBeLessThan(limit + patience)
    expect(isolate.runSync('1 + 1', { timeout: 30_000 })).toBe(2)
  })

  // Part two, defect 9
  it.each(programs.slice(0, 3))('of CPU time ends %s in time', (_means, source) => {
    using isolate = new Isolate()
    const error = thrown(() => isolate.runSync(source, { cpuTimeout: limit, timeout: 60_000 }))
    expect(error).toMatchObject({ code: 'ERR_CPU_TIMEOUT' })
    expect(isolate.stats().cpuMs).toBeLessThan(limit + patience)
  })
})
