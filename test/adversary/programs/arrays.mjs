export default {
  'a billion elements': { guest: 'new Array(1e9).fill(0).length', ends: ['memory', 'timeout'], timeout: 3000 },
  'a hundred million elements': { guest: 'new Array(1e8).fill(0).length', ends: ['memory'] },
  'sixteen million numbers in one stride': {
    guest: 'new Array(2 ** 24 - 1).fill(0.5).length',
    ends: ['memory', 'value'],
  },
  'one element far out': { guest: 'const a = []; a[2 ** 32 - 2] = 1; a.length', ends: ['value'] },
  'a sparse array that fills': { guest: 'const a = []; for (let i = 0; ; i++) a[i * 1000] = {}', ends: ['memory'] },
  'the sort of an empty giant': {
    guest: 'const a = []; a.length = 2 ** 27; a.sort().length',
    ends: ['value', 'memory', 'TypeError', 'RangeError', 'timeout'],
    timeout: 500,
  },
  'the reverse of an empty giant': {
    guest: 'const a = []; a[0] = 1; a.length = 2 ** 27; a.reverse().length',
    timeout: 500,
    ends: ['value', 'timeout', 'memory'],
  },
  'an array that is spread into itself': { guest: 'let a = [1, 2, 3]; for (;;) a = [...a, ...a]', ends: ['memory'] },
  'an array that is concatenated with itself': { guest: 'let a = [{}]; for (;;) a = a.concat(a)', ends: ['memory'] },
  'push of all of itself': { guest: 'const a = [1]; for (;;) a.push(...a)', ends: ['memory', 'RangeError'] },
  'a hundred million arguments': { guest: 'Math.max(...new Array(1e8).fill(1))', ends: ['memory', 'RangeError'] },
  'arguments by apply': {
    // V8 lets a single object of half a gigabyte through, and has it twice for a moment.
    guest: '(() => {}).apply(null, { length: 2 ** 26 })',
    most: 1150,
    ends: ['memory', 'RangeError'],
  },
  'arguments of a constructor': {
    guest: 'Reflect.construct(Array, { length: 2 ** 25 })',
    ends: ['memory', 'RangeError', 'value', 'not-shareable'],
  },
  'Array.from without end': {
    guest: 'const kept = []; for (;;) kept.push(Array.from({ length: 1e4 }, (_, i) => ({ i })))',
    ends: ['memory'],
  },
  'Array.from of a length that is a lie': {
    guest: 'Array.from({ length: 2 ** 32 - 1 }, () => 0).length',
    ends: ['memory'],
  },
  'a spread of an endless iterator': {
    guest: '[...{ *[Symbol.iterator]() { for (;;) yield {} } }]',
    ends: ['memory'],
  },
  'flat of a tree that doubles': {
    guest: 'let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; a.flat(Infinity).length',
    ends: ['memory'],
  },
  'flat of an array in itself': { guest: 'const a = []; a.push(a); a.flat(Infinity)', ends: ['RangeError'] },
  'an array that contains itself, as text': { guest: 'const a = []; a.push(a, a); String(a)', ends: ['value'] },
  'unshift without end': { guest: 'const a = []; for (;;) a.unshift([a.length])', ends: ['memory', 'timeout'] },
  'a list of lists': { guest: 'const kept = []; for (;;) kept.push(new Array(100).fill(0))', ends: ['memory'] },
  'a sort whose comparator never ends': {
    guest: '[3, 1, 2].sort(() => { for (;;) ; })',
    timeout: 100,
    ends: ['timeout'],
  },
  'a sort that grows what it sorts': {
    guest: 'const a = Array.from({ length: 1000 }, (_, i) => i); a.sort(() => a.push({}, {}, new Array(1e4).fill(1)))',
    ends: ['memory', 'value'],
  },
  'a comparator that is only slow': {
    guest:
      'Array.from({ length: 1e6 }, () => Math.random()).sort((a, b) => { for (let i = 0; i < 1e3; i++) ; return a - b })',
    timeout: 100,
    ends: ['timeout', 'memory'],
  },
}
