// Results that try to break whoever copies them.
const result = (value, ...ends) => ({ guest: value, ends })

export default {
  'a getter that throws': result("({ get a() { throw new RangeError('mine') } })", 'RangeError'),
  'a getter that never ends': { guest: '({ get a() { for (;;) ; } })', timeout: 100, ends: ['timeout'] },
  'a getter that grows': { guest: '({ get a() { const kept = []; for (;;) kept.push({}) } })', ends: ['memory'] },
  'a getter that adds what follows': {
    guest: 'const o = { get a() { for (let i = 0; i < 1e4; i++) o["k" + i] = i; return 1 } }; o',
    ends: ['value'],
  },
  'a getter that removes what follows': {
    guest: 'const o = { get a() { delete o.b; return 1 }, b: 2, c: 3 }; o',
    ends: ['value'],
  },
  'a getter on the prototype of arrays': {
    guest: "Object.defineProperty(Array.prototype, '1', { get() { throw new TypeError('hole') } }); [0, , 2]",
    ends: ['value', 'TypeError'],
  },
  'an array that shrinks as it is read': {
    guest: 'const a = [0, 1, 2, 3]; Object.defineProperty(a, 0, { get() { a.length = 1; return 0 } }); a',
    ends: ['value'],
  },
  'a proxy': result('new Proxy({ a: 1 }, {})', 'not-shareable', 'value'),
  'a proxy that never ends': {
    guest: 'new Proxy({}, { ownKeys() { for (;;) ; } })',
    timeout: 100,
    ends: ['not-shareable', 'timeout'],
  },
  'a proxy far inside': result('({ a: [new Map([[1, { b: new Proxy([], {}) }]])] })', 'not-shareable'),
  'a function far inside': result('({ a: [new Set([{ b: () => 1 }])] })', 'not-shareable'),
  itself: result('const o = { a: 1 }; o.o = o; o', 'value'),
  'an object nested a hundred thousand deep': {
    guest: 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; o',
    ends: ['value', 'RangeError', 'not-shareable', 'memory'],
  },
  'an object nested ten million deep': {
    guest: 'let o = {}; for (let i = 0; i < 1e7; i++) o = { o }; o',
    ends: ['value', 'RangeError', 'not-shareable', 'memory'],
  },
  'a tree that doubles': {
    guest: 'let o = {}; for (let i = 0; i < 22; i++) o = { a: [o, o] }; o',
    ends: ['value'],
  },
  'a million objects': { guest: 'Array.from({ length: 1e6 }, (_, i) => ({ i }))', ends: ['value', 'memory'] },
  'a string of half a gigabyte': {
    guest: "'x'.repeat(2 ** 29 - 30)",
    most: 1200,
    ends: ['value', 'memory', 'RangeError'],
  },
  'a map whose prototype is broken': {
    guest:
      "Map.prototype.forEach = Map.prototype.entries = () => { throw new Error('mine') }; Map.prototype[Symbol.iterator] = null; new Map([[1, 2]])",
    ends: ['value'],
  },
  'a map that grows as it is read': {
    guest: 'const map = new Map(); map.set(1, { get a() { map.set(map.size + 1, {}); return 1 } }); map',
    ends: ['value'],
  },
  'a false map': result('Object.setPrototypeOf({ a: 1 }, Map.prototype)', 'value', 'not-shareable'),
  'a false date': result('Object.setPrototypeOf({}, Date.prototype)', 'value', 'not-shareable'),
  'a date that is none': result('new Date(NaN)', 'value'),
  'a detached buffer': {
    guest: 'const b = new ArrayBuffer(8); structuredClone(b, { transfer: [b] }); b',
    ends: ['value', 'not-shareable'],
  },
  'a view of a buffer that shrinks as it is copied': {
    guest:
      'const b = new ArrayBuffer(2 ** 16, { maxByteLength: 2 ** 17 }); const v = new Uint8Array(b, 1024, 1024); ({ get a() { b.resize(16); return 1 }, v, b })',
    ends: ['value', 'not-shareable', 'RangeError', 'TypeError'],
  },
  'a buffer that is detached as it is copied': {
    guest:
      'const b = new ArrayBuffer(2 ** 16); const v = new Uint8Array(b); ({ get a() { structuredClone(b, { transfer: [b] }); return 1 }, v, b })',
    ends: ['value', 'not-shareable', 'TypeError'],
  },
  'a typed array with properties': {
    guest: "Object.defineProperty(new Uint8Array(4), 'length', { value: 2 ** 30 })",
    ends: ['value'],
  },
  'an object with a length': result('({ length: 2 ** 32 - 1 })', 'value'),
  'a giant of nothing': {
    guest: 'new Array(2 ** 32 - 1)',
    timeout: 2000,
    ends: ['value', 'memory', 'RangeError', 'timeout', 'not-shareable'],
  },
  'a sparse giant': {
    guest: 'const a = []; a[2 ** 32 - 2] = 1; a',
    timeout: 2000,
    ends: ['value', 'memory', 'RangeError', 'timeout', 'not-shareable'],
  },
  'a key named __proto__': {
    guest: 'JSON.parse(\'{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }\')',
    ends: ['value'],
  },
  'an error named __proto__': {
    guest:
      "const e = new Error('a'); Object.defineProperty(e, '__proto__', { value: { polluted: 1 }, enumerable: true }); throw e",
    ends: ['Error'],
  },
  'Object.prototype with a then': {
    guest: 'Object.prototype.then = function (f) { f(7) }; ({ a: 1 })',
    ends: ['value'],
  },
  'Object.prototype with a setter for each key': {
    guest:
      "for (const key of ['a', 'value', 'get', 'ok', 'length', '0']) Object.defineProperty(Object.prototype, key, { set() { throw new Error('mine') }, get() { return undefined }, configurable: true }); [{ a: 1 }]",
    ends: ['value', 'Error', 'TypeError'],
  },
  'a result whose species is hostile': {
    guest:
      "class A extends Array { static get [Symbol.species]() { throw new TypeError('species') } } A.from([1, 2]).map((x) => x)",
    ends: ['TypeError'],
  },
  'a species that gives the same array': {
    guest:
      'class A extends Array { static get [Symbol.species]() { return function () { return shared } } } const shared = new A(); const a = A.from([1, 2, 3]); shared.push(...a.concat(a)); shared.length',
    timeout: 1000,
    ends: ['value', 'memory', 'TypeError', 'RangeError'],
  },
  'a species that gives a typed array too short': {
    guest:
      'class T extends Uint8Array { static get [Symbol.species]() { return function () { return new Uint8Array(1) } } } new T(1000).map((x) => x)',
    ends: ['TypeError'],
  },
  'a species that gives a buffer too short': {
    guest:
      'class B extends ArrayBuffer { static get [Symbol.species]() { return function () { return new ArrayBuffer(1) } } } new B(1000).slice(0, 500)',
    ends: ['TypeError'],
  },
  'a WeakRef': result('new WeakRef({})', 'not-shareable', 'value'),
  'the global object': result('globalThis', 'not-shareable', 'value', 'RangeError'),
  'a generator': result('(function* () {})()', 'not-shareable', 'value'),
  'a module of WebAssembly': result(
    'new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))',
    'value',
    'not-shareable',
  ),
}
