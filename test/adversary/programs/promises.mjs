// Promises, microtasks and timers.
export default {
  'microtasks without end': {
    guest: 'const next = () => Promise.resolve().then(next); next()',
    timeout: 100,
    ends: ['timeout'],
  },
  'microtasks that multiply': {
    guest: 'const next = () => { queueMicrotask(next); queueMicrotask(next) }; next()',
    timeout: 5000,
    ends: ['memory', 'timeout', 'value'],
  },
  'microtasks that grow': {
    guest: 'const kept = []; const next = () => { kept.push(new Array(100).fill(0)); queueMicrotask(next) }; next()',
    ends: ['memory'],
  },
  'promises that are kept': {
    guest: 'const kept = []; for (;;) kept.push(new Promise(() => {}).then(() => {}))',
    ends: ['memory'],
  },
  'handlers of one promise': { guest: 'const p = new Promise(() => {}); for (;;) p.then(() => {})', ends: ['memory'] },
  'a chain of thens': { guest: 'let p = Promise.resolve(1); for (;;) p = p.then((x) => x)', ends: ['memory'] },
  'an async recursion': {
    guest: 'const f = async (n) => (await f(n + 1)) + 1; f(0)',
    ends: ['RangeError', 'memory'],
  },
  'an async recursion after an await': {
    guest: 'const f = async (n) => { await null; return (await f(n + 1)) + 1 }; f(0)',
    ends: ['memory'],
  },
  'a thenable that gives thenables': {
    guest: 'const t = { then(f) { f({ then: t.then }) } }; Promise.resolve(t)',
    timeout: 100,
    ends: ['timeout'],
  },
  'a then that throws': {
    guest: "Promise.resolve({ get then() { throw new TypeError('then') } })",
    ends: ['TypeError'],
  },
  'a then that never ends': {
    guest: 'Promise.resolve({ then() { for (;;) ; } })',
    timeout: 100,
    ends: ['timeout'],
  },
  'a promise resolved with itself': {
    guest: 'let go; const p = new Promise((resolve) => (go = resolve)); go(p); p',
    ends: ['TypeError'],
  },
  'Promise.all without end': {
    // V8 takes 2 ** 21 promises at most, and says so.
    guest: 'Promise.all((function* () { for (;;) yield new Promise(() => {}) })())',
    ends: ['memory', 'RangeError'],
  },
  'Promise.race of the same for ever': {
    guest:
      'const p = new Promise(() => {}); const next = () => Promise.race([p, Promise.resolve()]).then(next); next()',
    timeout: 20000,
    ends: ['memory', 'timeout'],
  },
  'a million rejections that nobody handles': {
    guest: "for (let i = 0; i < 1e6; i++) Promise.reject(new Error('nobody ' + i)); 1",
    timeout: 20000,
    ends: ['memory', 'value', 'timeout'],
  },
  'rejections without end': {
    guest: 'const next = () => { Promise.reject(1); queueMicrotask(next) }; next()',
    timeout: 300,
    ends: ['timeout', 'memory'],
  },
  'a rejection that changes its mind': {
    guest: "const p = Promise.reject(new Error('late')); Promise.resolve().then(() => p.catch(() => {})); 1",
    ends: ['value'],
  },
  'an async iterator without end': {
    guest: '(async () => { for await (const x of (async function* () { for (;;) yield 1 })()) ; })()',
    timeout: 100,
    ends: ['timeout'],
  },
  'an async iterator that grows': {
    guest:
      'const kept = []; (async () => { for await (const x of (async function* () { for (;;) yield {} })()) kept.push([x]) })()',
    ends: ['memory'],
  },
  'a promise that never settles': {
    guest: 'new Promise(() => {})',
    timeout: 100,
    ends: ['timeout', 'pending'],
  },
  'a species that gives no promise': {
    guest:
      'class P extends Promise { static get [Symbol.species]() { return function (f) { f(() => {}, () => {}) } } } P.resolve(1).then(() => 2); 1',
    ends: ['value'],
  },
  'a broken Promise.prototype.then': {
    guest: "Promise.prototype.then = () => { throw new Error('mine') }; Promise.resolve(42)",
    ends: ['value'],
    is: 42,
  },
  'timers without number': { guest: 'for (;;) setTimeout(() => {}, 1e9)', ends: ['memory'] },
  'timers that set timers': {
    guest: 'const next = () => { setTimeout(next); setTimeout(next) }; next(); 1',
    ends: ['value'],
  },
  'immediates without end': { guest: 'const next = () => setImmediate(next); next(); 1', ends: ['value'] },
  'an interval of nothing': { guest: 'setInterval(() => {}, 0); 1', ends: ['value'] },
  'a timer that never ends': { guest: 'setTimeout(() => { for (;;) ; }); 1', ends: ['value'] },
  'a timer that grows': {
    guest: 'var kept = []; new Promise(() => setTimeout(() => { for (;;) kept.push({}) }))',
    ends: ['memory', 'pending'],
  },
  'timers that throw': {
    guest: "for (let i = 0; i < 1e4; i++) setTimeout(() => { throw new Error('mine') }); 1",
    ends: ['value'],
  },
  'a delay with a hostile valueOf': {
    guest: 'setTimeout(() => {}, { valueOf() { for (;;) ; } })',
    timeout: 100,
    ends: ['timeout', 'value'],
  },
}
