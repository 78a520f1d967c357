export default {
  'a pattern that tries everything': { guest: "/(a+)+$/.test('a'.repeat(40) + 'b')", timeout: 100, ends: ['timeout'] },
  'one that tries everything, backwards': {
    guest: "/(?<=^(a+)+)b/.test('a'.repeat(60) + 'cb')",
    timeout: 100,
    ends: ['timeout', 'value'],
  },
  'quantifiers in quantifiers': {
    guest: "/((((a{1,30}){1,30}){1,30}){1,30}){1,30}$/.test('a'.repeat(50) + 'b')",
    timeout: 300,
    ends: ['timeout', 'SyntaxError', 'RangeError', 'memory', 'value'],
  },
  'a pattern of a million letters': {
    guest: "new RegExp('a?'.repeat(1e6)).test('a'.repeat(1e6))",
    timeout: 3000,
    ends: ['timeout', 'SyntaxError', 'RangeError', 'memory', 'InternalError', 'value'],
  },
  'a pattern of a million groups': {
    guest: "new RegExp('(a)'.repeat(1e5)).exec('a'.repeat(1e5)).length",
    timeout: 3000,
    ends: ['timeout', 'SyntaxError', 'RangeError', 'memory', 'value'],
  },
  'parentheses a million deep': {
    guest: "new RegExp('('.repeat(1e6) + ')'.repeat(1e6))",
    ends: ['SyntaxError', 'RangeError', 'value'],
  },
  'patterns that are kept': {
    guest:
      "const kept = []; for (let i = 0; ; i++) { const r = new RegExp('x(y|z)+' + i); r.test('xyz' + i); kept.push(r) }",
    ends: ['memory'],
  },
  'all matches of everything': {
    guest: "const kept = []; for (;;) kept.push([...'ab'.repeat(1e5).matchAll(/a/g)])",
    ends: ['memory'],
  },
  'a replacement that calls itself': {
    guest: "const f = () => 'a'.replace(/a/, f); f()",
    ends: ['RangeError'],
  },
  'a replacement that multiplies': {
    guest: "let s = 'ab'; for (;;) s = s.replace(/./g, '$&$&$&$&')",
    ends: ['RangeError', 'memory'],
  },
  'a lastIndex that never ends': {
    guest: "const r = /a/g; r.lastIndex = { valueOf() { for (;;) ; } }; r.exec('a')",
    timeout: 100,
    ends: ['timeout'],
  },
  'an exec that gives the same for ever': {
    guest: "const r = /a/g; r.exec = () => ['', 'x']; 'a'.matchAll(r); 'a'.replace(r, 'b')",
    timeout: 1000,
    ends: ['timeout', 'memory', 'value', 'TypeError', 'RangeError'],
  },
  'a search in a hundred megabytes': {
    guest: "/(x+)+y/.test('x'.repeat(2 ** 26))",
    timeout: 300,
    ends: ['timeout', 'memory', 'RangeError', 'value'],
  },
}
