// Strings are the one thing of which a small program makes half a gigabyte in one step.
export default {
  'a string doubled for ever': { guest: "let s = 'x'; for (;;) s += s", ends: ['RangeError'] },
  'ropes that are kept': {
    guest: "const kept = []; let rope = 'x'; for (;;) kept.push((rope = kept.length + 'a long enough part'))",
    ends: ['memory'],
  },
  'flat strings that are kept': {
    guest: "const kept = []; for (let i = 0; ; i++) kept.push(('part ' + i).repeat(1000).replace('p', 'q'))",
    ends: ['memory'],
  },
  'replaceAll that multiplies': {
    guest: "let s = 'aa'; for (;;) s = s.replaceAll('a', 'aaaa')",
    ends: ['RangeError', 'memory'],
  },
  'split into more parts than an array can have': { guest: "'x'.repeat(2 ** 29 - 100).split('')", ends: ['memory'] },
  'split into a quarter of a billion parts': { guest: "'x'.repeat(2 ** 28).split('').length", ends: ['memory'] },
  'a join of nothing': { guest: "new Array(2 ** 27).join('abcdefgh').length", ends: ['RangeError', 'memory'] },
  'a flattened rope': { guest: "const s = 'x'.repeat(2 ** 28); s.charCodeAt(5); s.length", ends: ['memory', 'value'] },
  'a normal form eighteen times as long': {
    guest: "'\\ufdfa'.repeat(2 ** 22).normalize('NFKD').length",
    ends: ['memory', 'RangeError', 'value'],
  },
  'an upper case twice as long': {
    guest: "'\\u00df'.repeat(2 ** 26).toUpperCase().length",
    ends: ['memory', 'RangeError', 'value'],
  },
  'a URI of a hundred million characters': {
    guest: "encodeURIComponent('\\u20ac'.repeat(2 ** 24)).length",
    ends: ['memory', 'RangeError', 'value'],
  },
  'base64 of a quarter of a gigabyte': {
    guest: "btoa('x'.repeat(2 ** 28)).length",
    ends: ['memory', 'RangeError', 'value'],
  },
  'bytes of a quarter of a gigabyte': {
    guest: "new TextEncoder().encode('x'.repeat(2 ** 28)).length",
    ends: ['memory', 'RangeError'],
  },
  'slices that each keep a megabyte': {
    guest:
      "const kept = []; for (let i = 0; ; i++) kept.push((i + 'y'.repeat(2 ** 20)).replace('y', 'z').slice(5, 30))",
    ends: ['memory'],
  },
  // Millions of small objects beside a table outside of the heap, which asks for a walk through all of them.
  'symbols that never go': {
    guest: "for (let i = 0; ; i++) Symbol.for('a key ' + i)",
    ends: ['memory', 'timeout'],
  },
  'a bigint of half a billion bits': {
    guest: '(1n << 2n ** 29n).toString(16).length',
    ends: ['memory', 'RangeError', 'value'],
  },
  'bigints that are squared': {
    guest: 'let n = 3n; for (;;) n *= n',
    timeout: 300,
    ends: ['memory', 'RangeError', 'timeout'],
  },
  'a bigint to decimal': { guest: '(1n << 2n ** 22n).toString().length', timeout: 200, ends: ['timeout', 'value'] },
}
