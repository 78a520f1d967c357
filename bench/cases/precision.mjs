import { now } from '../measure/clock.mjs'

const LIMIT = 0.05

const programs = {
  loop: 'for (;;);',
  microtasks: 'const spin = () => Promise.resolve().then(spin); spin(); 1',
  regexp: "/^(a+)+$/.test('a'.repeat(60) + '!')",
  stringify: 'const big = Array.from({ length: 1e5 }, (_, i) => ({ i })); for (;;) JSON.stringify(big)',
  parse: 'const text = JSON.stringify(Array.from({ length: 1e5 }, (_, i) => ({ i }))); for (;;) JSON.parse(text)',
  comparator:
    'Array.from({ length: 1e6 }, (_, i) => -i).sort((a, b) => { for (let i = 0; i < 1e4; i++); return a - b })',
  getter: '({ get a() { for (;;); } })',
  proxy: 'const p = new Proxy({}, { get: () => 1 }); for (;;) p.x',
  wait: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  bigint: 'let big = 3n; for (;;) { if (big > 1n << 1_000_000n) big = 3n; big *= big }',
  garbage: 'let list = []; for (;;) { list.push({ a: [list.length] }); if (list.length > 1e6) list = [] }',
}

/** @type {import('../types.d.ts').Case} */
export const precision = {
  name: 'precision',
  title: 'How late a limit of 50 ms ends a program',
  needs: 'limit',
  rounds: { full: 2, quick: 0 },
  metrics: Object.fromEntries(Object.keys(programs).map((name) => [name, { label: name, unit: 'seconds' }])),
  async run(field, { quick }) {
    /** @type {Record<string, number[]>} */
    const samples = {}
    for (const [name, source] of Object.entries(programs)) {
      /** @type {number[]} */
      const each = []
      samples[name] = each
      for (let round = 0; round < (quick ? 1 : 5); round += 1) {
        const unit = await field.start()
        const limited = /** @type {Required<typeof unit>} */ (unit).limit
        limited('1', LIMIT * 1000)
        const began = now()
        limited(source, LIMIT * 1000)
        each.push(Math.max(0, now() - began - LIMIT))
        await unit.close()
      }
    }
    return samples
  },
}
