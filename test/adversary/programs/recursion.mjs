// Every way down the stack. The guest finds a RangeError, and goes on.
const deep = (source) => ({ guest: source, ends: ['RangeError'] })

export default {
  'a function': deep('const f = () => f() + 1; f()'),
  'many arguments': deep('const f = (...a) => f(...a, 1, 2, 3, 4, 5, 6, 7, 8) + 1; f()'),
  'a getter': deep('const o = { get a() { return this.a } }; o.a'),
  'a setter': deep('const o = { set a(v) { this.a = v } }; o.a = 1'),
  'a proxy': deep('const p = new Proxy({}, { get: (_, k, r) => r[k] }); p.a'),
  'a proxy whose target is a proxy': {
    guest: 'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.a',
    ends: ['RangeError', 'memory'],
  },
  'a proxy that is its own prototype': {
    guest: 'const p = new Proxy({}, {}); Object.setPrototypeOf(p, Object.create(p)); p.a',
    ends: ['RangeError', 'TypeError'],
  },
  toString: deep('const o = { toString() { return String(this) } }; String(o)'),
  valueOf: deep('const o = { valueOf() { return +this } }; +o'),
  'Symbol.toPrimitive': deep('const o = { [Symbol.toPrimitive]() { return o + 1 } }; o + 1'),
  'Symbol.hasInstance': deep('const o = { [Symbol.hasInstance]: (x) => x instanceof o }; 1 instanceof o'),
  'Symbol.iterator': deep('const o = { [Symbol.iterator]() { return [...this][Symbol.iterator]() } }; [...o]'),
  'a comparator': deep('const f = () => [2, 1].sort(f)[0]; f()'),
  forEach: deep('const f = () => [1].forEach(f); f()'),
  'Reflect.apply': deep('const f = () => Reflect.apply(f, null, []); f()'),
  'Reflect.construct': deep('const F = function () { return Reflect.construct(F, []) }; new F()'),
  constructors: deep('class A { a = new A() } new A()'),
  'static blocks by eval': deep("const f = () => eval('class A { static { f() } }'); f()"),
  'eval in eval': deep("const source = 'eval(source)'; globalThis.source = source; (0, eval)(source)"),
  'functions from text': deep("globalThis.f = () => new Function('return f()')(); f()"),
  'templates with tags': deep('const t = () => t`a`; t`a`'),
  generators: deep('function* g() { yield* g() } [...g()]'),
  'a generator that is told to return': deep(
    'const o = { [Symbol.iterator]() { return this }, next: () => ({ value: 1 }), return() { for (const x of o) break; return {} } }; for (const x of o) break',
  ),
  'a source of a million parentheses': deep("(0, eval)('('.repeat(1e6) + ')'.repeat(1e6))"),
  'a source of a million brackets': deep("(0, eval)('['.repeat(1e6) + ']'.repeat(1e6))"),
  'a source of a million functions': deep("(0, eval)('()=>'.repeat(1e6) + '1')"),
  'a source of a million signs': deep("(0, eval)('+ '.repeat(1e6) + '1')"),
  'a source of a long sum': {
    guest: "(0, eval)('1' + '+1'.repeat(1e5))",
    ends: ['RangeError', 'value'],
  },
  'a source of a long else': {
    guest: "(0, eval)('if (0) ; else '.repeat(1e5) + ';')",
    ends: ['RangeError', 'value', 'not-shareable', 'memory'],
  },
  'JSON.stringify with toJSON': deep('const o = { toJSON() { return JSON.stringify(this) } }; JSON.stringify(o)'),
  'JSON.parse with a reviver': deep("const f = () => JSON.parse('1', f); f()"),
  'a replacement': deep("const f = () => 'a'.replace('a', f); f()"),
  'nested arrays as text': deep('let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)'),
  'a deep pattern': {
    guest: 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; structuredClone(o); 1',
    ends: ['RangeError', 'DataCloneError', 'value'],
  },
  'the catch of an overflow': deep(
    'const f = () => { try { f() } catch { f() } }; let n = 0; const g = () => { n++; g() }; g()',
  ),
  'the finally of an overflow': {
    guest: 'const f = () => { try { f() } finally { f() } }; f()',
    timeout: 200,
    ends: ['timeout', 'RangeError'],
  },
  'an overflow in a microtask': deep(
    'new Promise((_, no) => queueMicrotask(() => { try { const f = () => f() + 1; f() } catch (e) { no(e) } }))',
  ),
  'an overflow in the console': {
    guest: 'const f = () => { console.log({ f }); f() }; f()',
    ends: ['RangeError'],
  },
  'an overflow in a format': {
    guest: "const f = () => { new Intl.NumberFormat('de').format(1); f() }; f()",
    ends: ['RangeError', 'memory', 'Error', 'TypeError'],
  },
  'an overflow at the first use of a library': {
    guest: "const f = () => { new URL('http://a/'); new TextDecoder(); f() }; f()",
    ends: ['RangeError'],
  },
  'an overflow, a thousand times': {
    guest: 'let n = 0; const f = () => f() + 1; for (let i = 0; i < 1000; i++) { try { f() } catch { n++ } } n',
    ends: ['value'],
    is: 1000,
  },
}
