// WebAssembly: its memories and tables are outside of the heap, and its code runs where JavaScript's checks are not.
const bytes = {
  // (func (export "f") (loop (br 0)))
  loop: '0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11',
  // (func $f (export "f") (call $f))
  recursion: '0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,6,1,4,0,16,0,11',
  // (memory 1) (func (export "f") (loop (drop (memory.grow (i32.const 1))) (br 0)))
  grow: '0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,5,3,1,0,1,7,5,1,1,102,0,0,10,14,1,12,0,3,64,65,1,64,0,26,12,0,11,11',
  // (func (export "f") (result i32) (i32.const 42))
  answer: '0,97,115,109,1,0,0,0,1,5,1,96,0,1,127,3,2,1,0,7,5,1,1,102,0,0,10,6,1,4,0,65,42,11',
}
const call = (code) => `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${code}]))).exports.f()`

export default {
  'a function of WebAssembly, for comparison': { guest: call(bytes.answer), ends: ['value'], is: 42 },
  'a loop without end in WebAssembly': { guest: call(bytes.loop), timeout: 100, ends: ['timeout'] },
  'a recursion without end in WebAssembly': { guest: call(bytes.recursion), ends: ['RangeError'] },
  'memory.grow in a loop': {
    guest: call(bytes.grow),
    timeout: 1000,
    ends: ['timeout', 'memory', 'RangeError'],
  },
  memories: {
    guest:
      'var kept = []; for (;;) { const m = new WebAssembly.Memory({ initial: 16 }); new Uint8Array(m.buffer).fill(1); kept.push(m) }',
    ends: ['RangeError', 'memory'],
  },
  'a memory that grows': {
    guest:
      'const m = new WebAssembly.Memory({ initial: 0, maximum: 65536 }); for (;;) { const at = m.buffer.byteLength; m.grow(16); new Uint8Array(m.buffer, at).fill(1) }',
    ends: ['RangeError', 'memory'],
  },
  'a shared memory that grows': {
    guest:
      'const m = new WebAssembly.Memory({ initial: 0, maximum: 65536, shared: true }); for (;;) { const at = m.buffer.byteLength; m.grow(16); new Uint8Array(m.buffer, at).fill(1) }',
    ends: ['RangeError', 'memory'],
  },
  'a memory of four gigabytes': {
    // One native operation fills it, in which V8 cannot be stopped.
    guest: 'const m = new WebAssembly.Memory({ initial: 65536 }); new Uint8Array(m.buffer).fill(1); 0',
    most: 4300,
    ends: ['RangeError', 'memory'],
  },
  'memories that nobody fills': {
    guest: 'var kept = []; for (;;) kept.push(new WebAssembly.Memory({ initial: 1 }))',
    ends: ['RangeError', 'memory'],
  },
  tables: {
    guest: "var kept = []; for (;;) kept.push(new WebAssembly.Table({ element: 'externref', initial: 1e6 }))",
    ends: ['RangeError', 'memory'],
  },
  'a table that grows': {
    guest: "const t = new WebAssembly.Table({ element: 'externref', initial: 0 }); for (;;) t.grow(1e5, {})",
    ends: ['RangeError', 'memory'],
  },
  'modules that are kept': {
    guest: `var kept = []; const code = new Uint8Array([${bytes.answer}]); for (;;) kept.push(new WebAssembly.Module(code))`,
    ends: ['RangeError', 'memory', 'timeout'],
    timeout: 8000,
  },
  'instances that are kept': {
    guest: `var kept = []; const code = new WebAssembly.Module(new Uint8Array([${bytes.answer}])); for (;;) kept.push(new WebAssembly.Instance(code))`,
    ends: ['RangeError', 'memory', 'timeout'],
    timeout: 8000,
  },
  'globals that are kept': {
    guest: "var kept = []; for (;;) kept.push(new WebAssembly.Global({ value: 'i64', mutable: true }, 1n))",
    ends: ['RangeError', 'memory', 'timeout'],
  },
  'compilations without end': {
    guest: `const code = new Uint8Array([${bytes.answer}]); const next = () => WebAssembly.compile(code).then(next); next()`,
    timeout: 300,
    ends: ['timeout', 'pending'],
  },
  'a thousand compilations that are left': {
    guest: `const code = new Uint8Array([${bytes.loop}]); for (let i = 0; i < 1000; i++) WebAssembly.compile(code); 1`,
    ends: ['value'],
  },
}
