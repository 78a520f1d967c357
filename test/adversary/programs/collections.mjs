// Plain growth, in every shape. isolated-vm and Node's workers end the process with several of these.
const kept = (what) => `var kept = []; for (let i = 0; ; i++) kept.push(${what})`

export default {
  'a map': { guest: 'const map = new Map(); for (let i = 0; ; i++) map.set(i, i)', ends: ['memory', 'RangeError'] },
  'a map of strings': {
    guest: "const map = new Map(); for (let i = 0; ; i++) map.set('key' + i, { i })",
    ends: ['memory'],
  },
  'a set': { guest: 'const set = new Set(); for (let i = 0; ; i++) set.add(i)', ends: ['memory', 'RangeError'] },
  'a set of objects': { guest: 'const set = new Set(); for (;;) set.add({})', ends: ['memory'] },
  'a WeakMap and its keys': {
    guest: 'const map = new WeakMap(), keys = []; for (;;) { const key = {}; keys.push(key); map.set(key, {}) }',
    ends: ['memory'],
  },
  'a WeakSet and its keys': {
    guest: 'const set = new WeakSet(), keys = []; for (;;) { const key = {}; keys.push(key); set.add(key) }',
    ends: ['memory'],
  },
  'the keys of an object': { guest: "const o = {}; for (let i = 0; ; i++) o['key' + i] = i", ends: ['memory'] },
  'the keys of the global object': { guest: "for (let i = 0; ; i++) globalThis['key' + i] = i", ends: ['memory'] },
  'numbers as keys': { guest: 'const o = {}; for (let i = 0; ; i += 1000) o[i] = [i]', ends: ['memory'] },
  'symbols as keys': { guest: 'const o = {}; for (;;) o[Symbol()] = 1', ends: ['memory'] },
  'objects of many shapes': { guest: kept("({ ['a' + i]: i, ['b' + i]: i })"), ends: ['memory'] },
  objects: { guest: kept('({ a: i })'), ends: ['memory'] },
  'a list in a list': { guest: 'let list = null; for (;;) list = { list }', ends: ['memory'] },
  doubles: { guest: kept('i + 0.5'), ends: ['memory'] },
  closures: { guest: kept('(() => { const t = [i]; return () => t })()'), ends: ['memory'] },
  classes: { guest: kept('class { #a = i; static b = i; m() { return this.#a } }'), ends: ['memory'] },
  'functions by eval': { guest: kept("eval('() => { const a = ' + i + '; return a }')"), ends: ['memory'] },
  'functions by constructor': { guest: kept("new Function('return ' + i + ' + a')"), ends: ['memory'] },
  generators: { guest: kept('(function* () { yield i })()'), ends: ['memory'] },
  proxies: { guest: kept('new Proxy({}, {})'), ends: ['memory'] },
  dates: { guest: kept('new Date(i)'), ends: ['memory'] },
  errors: { guest: kept('new Error("error " + i)'), ends: ['memory'] },
  'errors whose stacks are read': { guest: kept('new Error("error " + i).stack'), ends: ['memory'] },
  'weak references': { guest: kept('new WeakRef({ i })'), ends: ['memory'] },
  'registered objects': {
    guest:
      'const r = new FinalizationRegistry(() => {}); const kept = []; for (let i = 0; ; i++) { const o = {}; kept.push(o); r.register(o, i) }',
    ends: ['memory'],
  },
  'a registry of objects that are gone': {
    guest:
      'const r = new FinalizationRegistry(() => { for (;;) ; }); for (let i = 0; i < 1e5; i++) r.register({}, i); 1',
    timeout: 5000,
    ends: ['value', 'timeout', 'memory'],
  },
  'a chain of bound functions': {
    guest: 'let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null, i); f()',
    ends: ['RangeError', 'memory', 'value'],
  },
  'a map that grows while it is walked': {
    guest: 'const map = new Map([[0, 0]]); for (const [key] of map) map.set(key + 1, {})',
    ends: ['memory'],
  },
  'a set that moves while it is walked': {
    guest: 'const set = new Set([1]); for (const key of set) { set.delete(key); set.add(key + 1) }',
    timeout: 200,
    ends: ['timeout'],
  },
  'a table by groupBy': {
    guest:
      "if (!Object.groupBy) throw new RangeError('not in this V8'); Object.groupBy((function* () { for (let i = 0; ; i++) yield i })(), (i) => i)",
    ends: ['memory', 'RangeError'],
  },
  'Object.fromEntries without end': {
    guest: 'Object.fromEntries((function* () { for (let i = 0; ; i++) yield ["k" + i, i] })())',
    ends: ['memory'],
  },
  'prototypes upon prototypes': { guest: 'let o = {}; for (;;) o = Object.create(o)', ends: ['memory'] },
  'a look-up through a million prototypes': {
    guest: 'let o = {}; for (let i = 0; i < 1e5; i++) o = Object.create(o); for (let i = 0; i < 1e6; i++) o.missing',
    timeout: 300,
    ends: ['timeout', 'memory'],
  },
  'number formats': {
    guest: kept("new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' })"),
    timeout: 20000,
    ends: ['memory'],
  },
  'date formats': {
    guest: kept("new Intl.DateTimeFormat('ja', { dateStyle: 'full', timeStyle: 'full', timeZone: 'Asia/Tokyo' })"),
    timeout: 20000,
    ends: ['memory'],
  },
  collators: { guest: kept("new Intl.Collator('sv')"), timeout: 20000, ends: ['memory'] },
  segmenters: {
    guest: kept("new Intl.Segmenter('th', { granularity: 'word' }).segment('x'.repeat(1e4))[Symbol.iterator]()"),
    timeout: 20000,
    ends: ['memory'],
  },
  'plural rules': { guest: kept("new Intl.PluralRules('ar')"), timeout: 20000, ends: ['memory'] },
  'display names': {
    guest: kept("new Intl.DisplayNames('fr', { type: 'region' })"),
    timeout: 20000,
    ends: ['memory'],
  },
  'list formats': { guest: kept("new Intl.ListFormat('pl')"), timeout: 20000, ends: ['memory'] },
  locales: { guest: kept("new Intl.Locale('en-u-ca-gregory')"), timeout: 20000, ends: ['memory'] },
  'numbers in the language of the place': {
    guest: kept("(i * 1.5).toLocaleString('hi') + i"),
    timeout: 20000,
    ends: ['memory'],
  },
}
