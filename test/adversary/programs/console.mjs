export default {
  'lines without end': { guest: 'for (let i = 0; ; i++) console.log(i)', timeout: 300, ends: ['timeout'] },
  'long lines without end': {
    guest: "const s = 'x'.repeat(2 ** 20); for (;;) console.error(s)",
    timeout: 300,
    ends: ['timeout'],
  },
  'one line of a quarter of a gigabyte': {
    // It is there three times over: in the guest, on its way, and in the host that prints it.
    guest: "console.log('x'.repeat(2 ** 28)); 1",
    most: 800,
    ends: ['value', 'memory', 'RangeError'],
  },
  'an object nested a hundred thousand deep': {
    guest: 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; console.dir(o, { depth: null }); 1',
    ends: ['value', 'RangeError', 'memory'],
  },
  'a tree that doubles': {
    guest: 'let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o }; console.dir(o, { depth: null }); 1',
    timeout: 2000,
    ends: ['timeout', 'memory', 'RangeError', 'value'],
  },
  'an array of a million, in full': {
    guest: 'console.dir(Array.from({ length: 1e6 }, (_, i) => ({ i })), { maxArrayLength: null }); 1',
    timeout: 20000,
    ends: ['value', 'memory', 'timeout', 'RangeError'],
  },
  'a table of a hundred thousand': {
    guest: 'console.table(Array.from({ length: 1e5 }, (_, i) => ({ i, j: i }))); 1',
    timeout: 20000,
    ends: ['value', 'memory', 'timeout'],
  },
  'an inspection that never ends': {
    guest: "console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { for (;;) ; } }); 1",
    timeout: 100,
    ends: ['value', 'timeout'],
  },
  'an inspection of itself': {
    guest: "const o = { [Symbol.for('nodejs.util.inspect.custom')]() { console.log(o); return o } }; console.log(o); 1",
    ends: ['value', 'RangeError'],
  },
  'a name that never ends': {
    guest: "console.log(Object.defineProperty(() => {}, 'name', { get() { for (;;) ; } })); 1",
    timeout: 100,
    ends: ['value', 'timeout'],
  },
  'labels without number': {
    guest: "for (let i = 0; ; i++) console.count('label ' + i)",
    timeout: 20000,
    ends: ['memory', 'timeout'],
  },
  'timers without number': { guest: "for (let i = 0; ; i++) console.time('label ' + i)", ends: ['memory'] },
  'groups without end': {
    guest: "for (;;) console.group('g')",
    timeout: 1000,
    ends: ['timeout', 'memory', 'RangeError'],
  },
  'a broken console': {
    guest:
      "console.log = null; String.prototype.replace = Array.prototype.join = () => { throw new Error('mine') }; try { console.error('%s %o', {}, [1]) } catch {} 1",
    ends: ['value'],
  },
}
