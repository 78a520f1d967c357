// Errors that try to break whoever reads them. The last expression of what throws is never reached.
const thrown = (value, ...ends) => ({ guest: `throw ${value}`, ends })

export default {
  'its own cause': thrown("(() => { const e = new Error('a'); e.cause = e; return e })()", 'Error'),
  'causes in a circle': thrown(
    "(() => { const a = new Error('a'), b = new Error('b', { cause: a }); a.cause = b; return a })()",
    'Error',
  ),
  'causes a hundred thousand deep': {
    guest: "let e = new Error('0'); for (let i = 0; i < 1e5; i++) e = new Error('e', { cause: e }); throw e",
    ends: ['Error', 'memory', 'RangeError'],
  },
  'a message that throws': thrown("Object.defineProperty(new Error(), 'message', { get() { throw 1 } })", 'Error'),
  'a stack that throws': thrown(
    "Object.defineProperty(new Error(), 'stack', { get() { throw new Error('no') } })",
    'Error',
  ),
  'a name that throws': thrown("Object.defineProperty(new Error('a'), 'name', { get() { throw 1 } })", 'Error'),
  'a name that is no text': thrown("Object.assign(new Error('a'), { name: Symbol('s') })", 'Error', '[a symbol]'),
  'a name with a toString of its own': {
    guest: "throw Object.assign(new Error('a'), { name: { toString() { for (;;) ; } } })",
    timeout: 100,
    ends: ['timeout', 'Error'],
  },
  'a property that never ends': {
    guest: "throw Object.defineProperty(new Error('a'), 'extra', { enumerable: true, get() { for (;;) ; } })",
    timeout: 100,
    ends: ['timeout'],
  },
  'a property that grows': {
    guest:
      "throw Object.defineProperty(new Error('a'), 'extra', { enumerable: true, get() { const kept = []; for (;;) kept.push({}) } })",
    ends: ['memory'],
  },
  'a hundred thousand properties': {
    guest: "const e = new Error('a'); for (let i = 0; i < 1e5; i++) e['k' + i] = i; throw e",
    ends: ['Error', 'memory'],
  },
  'a hundred thousand errors': {
    guest: "throw new AggregateError(Array.from({ length: 1e5 }, () => new Error('a')))",
    ends: ['AggregateError', 'memory'],
  },
  'a message of half a gigabyte': {
    guest: "throw new Error('x'.repeat(2 ** 29 - 30))",
    // A copy on its way, and one in the host.
    most: 1200,
    ends: ['Error', 'memory', 'RangeError'],
  },
  nothing: thrown('undefined', 'Error'),
  null: thrown('null', 'Error'),
  'a symbol': thrown("Symbol('s')", 'Error', 'not-shareable'),
  'a function': thrown('() => {}', 'Error', 'not-shareable'),
  'an object with a toString that throws': thrown("({ toString() { throw new Error('no') } })", 'Error'),
  'an object without prototype': thrown('Object.create(null)', 'Error'),
  'a proxy': thrown(
    "new Proxy({}, { get() { throw new Error('trap') }, ownKeys() { throw 1 } })",
    'Error',
    'not-shareable',
  ),
  'a proxy of an error': thrown("new Proxy(new Error('a'), { get() { for (;;) ; } })", 'Error', 'timeout'),
  'a proxy that is revoked': thrown(
    '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()',
    'Error',
    'not-shareable',
  ),
  'an error of another kind of prototype': thrown("Object.setPrototypeOf(new Error('a'), null)", 'Error'),
  'an error that is an array': thrown("Object.setPrototypeOf(new Error('a'), Array.prototype)", 'Error'),
  'prepareStackTrace that throws': {
    guest: "Error.prepareStackTrace = () => { throw new Error('mine') }; null.x",
    ends: ['TypeError', 'Error'],
  },
  'prepareStackTrace that never ends': {
    guest: 'Error.prepareStackTrace = () => { for (;;) ; }; null.x',
    timeout: 100,
    ends: ['timeout', 'TypeError'],
  },
  'prepareStackTrace that throws what it formats': {
    guest: 'Error.prepareStackTrace = (e) => { throw new Error(e.stack) }; new Error().stack; null.x',
    ends: ['TypeError', 'RangeError', 'Error'],
  },
  'prepareStackTrace that grows': {
    guest: 'Error.prepareStackTrace = () => { const kept = []; for (;;) kept.push({}) }; null.x.stack',
    ends: ['memory', 'TypeError'],
  },
  'prepareStackTrace that gives an object': {
    guest: "Error.prepareStackTrace = () => ({ toString() { throw 1 } }); throw new TypeError('a')",
    ends: ['TypeError'],
  },
  'stacks without end': {
    guest:
      'Error.stackTraceLimit = Infinity; const f = (n) => { if (n === 0) throw new TypeError("deep"); f(n - 1); return 1 }; f(5000)',
    ends: ['TypeError', 'RangeError', 'memory'],
  },
  'a stackTraceLimit that is hostile': {
    guest: "Object.defineProperty(Error, 'stackTraceLimit', { get() { throw new Error('no') } }); null.x",
    ends: ['TypeError', 'Error'],
  },
  'an exception in a finally': thrown(
    "(() => { try { null.x } finally { throw new RangeError('second') } })()",
    'RangeError',
  ),
  'an exception in a catch, a thousand deep': {
    guest:
      "const f = (n) => { try { if (n) f(n - 1); null.x } catch (e) { throw new RangeError('n' + n, { cause: e }) } }; f(1000)",
    ends: ['RangeError'],
  },
  'a subclass whose species is itself': {
    guest:
      "class E extends Error { static get [Symbol.species]() { return E } get name() { return this.constructor.name } } throw new E('a')",
    ends: ['E', 'Error'],
  },
  'a code that belongs to the host': {
    guest: "throw Object.assign(new Error('a'), { code: 'ERR_ISOLATE_CLOSED' })",
    ends: ['Error'],
  },
  'Error replaced': {
    guest: "globalThis.Error = null; TypeError.prototype.name = 'X'; null.x",
    ends: ['X', 'TypeError', 'Error'],
  },
  'a stack replaced while it is read': {
    guest:
      "const e = new Error('a'); Object.defineProperty(e, 'stack', { get() { delete e.message; e.cause = e; return 7 } }); throw e",
    ends: ['Error'],
  },
}
