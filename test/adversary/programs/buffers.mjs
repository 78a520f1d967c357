// Memory outside of V8's heap.
const kept = (what) => `var kept = []; for (;;) kept.push(${what})`

export default {
  'array buffers': { guest: kept('new ArrayBuffer(2 ** 20)'), ends: ['RangeError', 'memory'] },
  'array buffers that are used': { guest: kept('new Uint8Array(2 ** 20).fill(1)'), ends: ['RangeError', 'memory'] },
  'small typed arrays': { guest: kept('new Float64Array(100).fill(1)'), ends: ['RangeError', 'memory'] },
  'tiny typed arrays, which live in the heap': { guest: kept('new Uint8Array(8).fill(1)'), ends: ['memory'] },
  'one array buffer of eight gigabytes': { guest: 'new ArrayBuffer(2 ** 33).byteLength', ends: ['RangeError'] },
  'resizable buffers': {
    guest: kept('new Uint8Array(new ArrayBuffer(2 ** 20, { maxByteLength: 2 ** 21 })).fill(1)'),
    ends: ['RangeError', 'memory'],
  },
  'a resizable buffer that grows': {
    guest:
      'const b = new ArrayBuffer(0, { maxByteLength: 2 ** 31 }), v = new Uint8Array(b); for (;;) { const at = b.byteLength; b.resize(at + 2 ** 20); v.fill(1, at) }',
    ends: ['RangeError', 'memory'],
  },
  'resizable buffers that reserve': {
    guest: kept('new ArrayBuffer(0, { maxByteLength: 2 ** 32 })'),
    ends: ['RangeError', 'memory'],
  },
  'shared buffers': {
    guest: kept('new Uint8Array(new SharedArrayBuffer(2 ** 20)).fill(1)'),
    ends: ['RangeError', 'memory'],
  },
  'growable shared buffers': {
    guest:
      'const kept = []; for (;;) { const b = new SharedArrayBuffer(0, { maxByteLength: 2 ** 24 }); b.grow(2 ** 24); kept.push(new Uint8Array(b).fill(1)) }',
    ends: ['RangeError', 'memory'],
  },
  'buffers that are copied': {
    guest: 'var kept = []; const one = new Uint8Array(2 ** 20).fill(1); for (;;) kept.push(one.slice())',
    ends: ['RangeError', 'memory'],
  },
  'buffers that are cloned': {
    guest: 'var kept = []; const one = new Uint8Array(2 ** 20).fill(1); for (;;) kept.push(structuredClone(one))',
    ends: ['RangeError', 'memory', 'Error'],
  },
  'a buffer that is transferred to a larger one': {
    guest:
      "if (!ArrayBuffer.prototype.transfer) throw new RangeError('not in this V8'); let b = new ArrayBuffer(1024); for (;;) { b = b.transfer(b.byteLength * 2); new Uint8Array(b).fill(1) }",
    ends: ['RangeError'],
  },
  'a typed array from an endless iterator': {
    guest: 'new Float64Array((function* () { for (;;) yield 1 })())',
    ends: ['memory'],
  },
  'typed arrays dropped at once': {
    guest: 'for (let i = 0; i < 1000; i++) new Uint8Array(2 ** 20); 1',
    ends: ['value'],
  },
  'a catch that goes on': {
    guest:
      'const kept = []; for (let i = 0; i < 200; i++) { try { kept.push(new Uint8Array(2 ** 20).fill(1)) } catch {} } kept.length',
    ends: ['value', 'memory'],
  },
  blobs: { guest: kept("new Blob(['x'.repeat(2 ** 20)])"), ends: ['RangeError', 'memory'] },
  'a sleep on a shared word': {
    guest: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
    timeout: 100,
    // The main thread of a process may not sleep there.
    ends: ['timeout', 'TypeError'],
  },
  'waits on shared words': {
    guest:
      "if (!Atomics.waitAsync) throw new RangeError('not in this V8'); const w = new Int32Array(new SharedArrayBuffer(4)), kept = []; for (;;) kept.push(Atomics.waitAsync(w, 0, 0))",
    ends: ['memory', 'RangeError', 'timeout'],
  },
}
