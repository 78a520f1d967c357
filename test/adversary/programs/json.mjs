export default {
  'a text of eight million numbers': {
    guest: "JSON.parse('[' + '1,'.repeat(2 ** 23) + '1]').length",
    ends: ['memory', 'RangeError', 'value'],
  },
  'a text of a million objects': {
    guest: "JSON.parse('[' + '{\"a\":[1,2,3]},'.repeat(1e6) + '1]').length",
    ends: ['memory', 'value'],
  },
  'a million brackets': { guest: "JSON.parse('['.repeat(1e6))", ends: ['RangeError', 'SyntaxError'] },
  'a million brackets that are closed': {
    guest: "JSON.parse('['.repeat(1e6) + ']'.repeat(1e6)); 1",
    ends: ['RangeError', 'value', 'memory'],
  },
  'an object as text that is nested a million deep': {
    guest: 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; JSON.stringify(o).length',
    ends: ['RangeError', 'value'],
  },
  'an object in itself': { guest: 'const o = {}; o.o = o; JSON.stringify(o)', ends: ['TypeError'] },
  'a tree that doubles': {
    guest: 'let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o }; JSON.stringify(o).length',
    ends: ['RangeError', 'memory'],
  },
  'toJSON that gives more of the same': {
    guest: 'const o = { toJSON: () => ({ o }) }; JSON.stringify(o)',
    ends: ['RangeError', 'TypeError'],
  },
  'toJSON that never ends': { guest: 'JSON.stringify({ toJSON() { for (;;) ; } })', timeout: 100, ends: ['timeout'] },
  'a reviver that grows': {
    guest: "const kept = []; JSON.parse('[' + '1,'.repeat(1e5) + '1]', () => { kept.push(new Array(1e4).fill(1)) })",
    ends: ['memory'],
  },
  'a getter that never ends': { guest: 'JSON.stringify({ get a() { for (;;) ; } })', timeout: 100, ends: ['timeout'] },
  'a proxy with a million keys': {
    guest:
      "JSON.stringify(new Proxy({}, { ownKeys: () => Array.from({ length: 1e6 }, (_, i) => 'k' + i), getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }), get: () => 1 })).length",
    ends: ['value', 'memory'],
  },
  'an indent that multiplies': {
    guest: 'let o = {}; for (let i = 0; i < 1000; i++) o = { o }; JSON.stringify(Array(1e4).fill(o), null, 10).length',
    ends: ['RangeError', 'memory'],
  },
}
