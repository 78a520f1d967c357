// Ways out to the host. Each gives 'nothing' or an error of its own; `polluted` is looked for in the host afterwards.
const expose = {
  echo: (value) => value,
  now: { sync: () => 5 },
  fail: async () => {
    throw Object.assign(new TypeError('host'), { own: { a: 1 } })
  },
  failNow: {
    sync: () => {
      throw new TypeError('host')
    },
  },
  give: () => ({ list: [1], map: new Map([[1, {}]]), error: new TypeError('e'), read: () => 1 }),
  async *stream() {
    yield 1
    yield 2
  },
  keep: {
    sync: (value) => {
      Object.assign({}, value)
      return JSON.stringify(value)
    },
  },
}
const reach = `const reach = (f) => { try { return f.constructor.constructor('return typeof process + typeof require')() } catch (e) { return 'nothing' } }
  const judge = (...roots) => roots.map(reach).every((r) => r === 'undefinedundefined' || r === 'nothing') ? 'nothing' : 'ESCAPED'; `
const attempt = (source, ends = ['value'], is = 'nothing') => ({ options: { expose }, guest: reach + source, ends, is })

export default {
  'the constructor of a constructor': attempt('judge({}, [], () => {}, globalThis, isolates, console)'),
  'the constructor of a function of the host': attempt('judge(echo, now, fail, stream, Object.getPrototypeOf(echo))'),
  'an error of the host': {
    ...attempt('fail().catch((e) => judge(e, e.own, e.stack, Object.getPrototypeOf(e)))'),
    methods: ['run'],
  },
  'an error of the host, at once': attempt(
    'try { failNow() } catch (e) { judge(e, e.stack, Object.getPrototypeOf(e)) }',
  ),
  'what the host gives': {
    ...attempt('give().then((o) => judge(o, o.list, o.map, o.map.get(1), o.error, o.read))'),
    methods: ['run'],
  },
  'an iterator of the host': {
    ...attempt('stream().then(async (s) => judge(s, await s.next(), s[Symbol.asyncIterator]()))'),
    methods: ['run'],
  },
  'the frames of a stack': attempt(
    'Error.prepareStackTrace = (_, sites) => sites; let sites = []; try { failNow() } catch (e) { sites = e.stack } sites = [...(Array.isArray(sites) ? sites : []), ...new Error().stack]; judge(...sites, ...sites.map((s) => s.getThis?.()).filter(Boolean), ...sites.map((s) => s.getFunction?.()).filter(Boolean))',
  ),
  'the caller of a function': attempt('function f() { return f.caller } judge(f() ?? {}, f.arguments ?? {})'),
  'the error of a stack overflow in the host’s function': attempt(
    'let error; const f = () => { try { f() } catch (e) { error ??= e; now() } }; f(); judge(error)',
    ['value', 'RangeError'],
    null,
  ),
  'process and require': attempt(
    '[typeof process, typeof require, typeof module, typeof Buffer, typeof global].join()',
    ['value'],
    'undefined,undefined,undefined,undefined,undefined',
  ),
  'import of a builtin of Node': {
    ...attempt("import('node:fs')", ['TypeError', 'Error'], null),
    methods: ['run'],
  },
  'import of a file': { ...attempt("import('/etc/passwd')", ['TypeError', 'Error'], null), methods: ['run'] },
  'a native syntax': attempt('%DebugPrint(1)', ['SyntaxError'], null),
  'a broken call of a function of the host': attempt(
    "Function.prototype.call = Function.prototype.apply = Reflect.apply = () => { throw new Error('mine') }; String(now()) === '5' ? 'nothing' : 'changed'",
  ),
  'arguments that pollute': attempt(
    'keep(JSON.parse(\'{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }\')); "nothing"',
  ),
  'a result that pollutes by assignment': {
    ...attempt('const o = Object.create(null); o.__proto__ = { polluted: 1 }; o', ['value'], null),
  },
  'the prototypes of the guest’s own': attempt(
    "for (const C of [Object, Array, Function, String, Promise, Map, Error]) C.prototype.polluted = 1; 'nothing'",
  ),
  'setters on Object.prototype under a call': attempt(
    "for (const k of ['value', 'args', 'error', 'name', 'id', 'target', 'then', 'number']) Object.defineProperty(Object.prototype, k, { set(v) { this['x' + k] = v; globalThis.stolen = this }, configurable: true }); now(); try { failNow() } catch {} judge(globalThis.stolen ?? {})",
    ['value', 'TypeError'],
  ),
  'a proxy as argument': attempt('try { keep(new Proxy({}, {})) } catch (e) { } "nothing"'),
  'an argument that grows': {
    ...attempt('keep({ get a() { const kept = []; for (;;) kept.push({}) } })', ['memory'], null),
  },
  'an argument that never ends': {
    ...attempt('keep({ get a() { for (;;) ; } })', ['timeout'], null),
    timeout: 100,
  },
  'an argument a million deep': {
    ...attempt(
      'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; echo(o); "nothing"',
      ['value', 'RangeError', 'not-shareable', 'memory'],
      null,
    ),
  },
  'calls without end that nobody awaits': {
    ...attempt("for (;;) echo('x'.repeat(1e4).replace('x', 'y'))", ['memory', 'timeout'], null),
    timeout: 20000,
  },
  'a name of the host’s own': attempt(
    "isolates.Isolate.prototype.constructor.constructor('return typeof process')() === 'undefined' ? 'nothing' : 'ESCAPED'",
  ),
  'a hostile global object': {
    guest:
      "Object.defineProperty(globalThis, 'isolates', { get() { for (;;) ; } }); for (const k of ['Object', 'Array', 'Promise', 'Error', 'Map', 'Symbol']) globalThis[k] = undefined; 42",
    ends: ['value'],
    is: 42,
  },
}
