// Lets a guest print, then breaks every builtin it can reach, and lets it print the same again; the two outputs go
// out as JSON.
//   node --expose-internals test/console/tamper.mjs [directory of the build]
import vm from 'node:vm'
import { createGuest } from './guest.mjs'

let output = ''
const guest = createGuest((method, stderr, text) => {
  output += `${method} ${stderr}: ${text}\n`
}, process.argv[2])

vm.runInContext(
  String.raw`
  const loop = {}
  loop.loop = loop
  const failure = new Error('recursion')
  failure.stack = 'Error: recursion' + '\n    at a (f.js:1:1)\n    at b (f.js:1:1)'.repeat(12)
  const samples = [
    [1, 2, 3, [4]], { a: { b: { c: { d: 1 } } }, 'x-y': "it's" }, new Map([[1, { a: 1 }]]), new Set([1, 2]),
    new Map([[1, 2]]).entries(), new Date(0), new (class Foo extends Map { x = 1 })([[1, 2]]), Symbol('s'), 10n,
    new Uint8Array(3), new ArrayBuffer(2), Promise.resolve({ a: 1 }), function f() {}, class A extends Array {},
    Object.assign(new TypeError('boom', { cause: new Error('inner') }), { code: 5 }), new Proxy({ a: 1 }, {}), failure,
    Object.create(null), new String('abc'), Array.from({ length: 40 }, (_, i) => 'item' + i), new WeakSet([{ a: 1 }]),
    '日本語', [, 1], { get a() { return 1 }, set a(v) {} }, new (class Bar { get [Symbol.toStringTag]() { return 'T' } })(),
    { [Symbol.for('nodejs.util.inspect.custom')]() { return 'custom\nline' } }, 'x'.repeat(100) + '\n' + 'y', -0,
    (function () { return arguments })(1), async () => {}, '\u001b[31mred\u001b[0m', loop, /a/g, Object(1n),
  ]
  function show() {
    for (let i = 0; i < samples.length; i++) {
      console.log(samples[i])
      console.log('%o %O', samples[i], samples[i])
    }
    console.log('%d %i %f %j %c', '12', '13.5', '1.5', { a: 1 }, 'x', samples)
    console.dir(samples, { depth: 5, sorted: true })
    console.dir(samples, { colors: true, compact: true, numericSeparator: true })
    console.table([{ a: 1, b: '日本' }, { a: 2 }])
    console.table(samples[2])
    console.table(samples[3])
    console.group('group')
    console.log('a\nb')
    console.groupEnd()
    console.count('label')
    console.countReset('label')
    console.countReset('label')
    console.timeEnd('other')
    console.assert(false, 'asserted')
    console.log(isolates.Isolate.current)
  }`,
  guest,
)

// Properties that say what a thing is, and are read from it on purpose.
const kept = [
  ...['constructor', 'prototype', 'name', 'message', 'stack', 'length', 'buffer', 'byteLength', 'byteOffset'],
  ...[
    'source',
    'flags',
    'global',
    'ignoreCase',
    'multiline',
    'dotAll',
    'unicode',
    'unicodeSets',
    'sticky',
    'hasIndices',
  ],
]
const breakBuiltins = vm.runInContext(
  `(kept, polluted) => {
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object
  const { ownKeys } = Reflect
  const BaseError = Error
  const { toStringTag } = Symbol
  const fail = () => { throw new BaseError('a broken builtin was called') }
  const classes = [Array, String, Map, Set, Function, Error, Number, Promise, Date, BigInt, Boolean, WeakMap, WeakSet]
  const targets = [Object, Reflect, JSON, Math, Symbol.prototype, RegExp, RegExp.prototype, getPrototypeOf(Uint8Array).prototype]
  for (const one of classes) targets.push(one, one.prototype)
  for (const it of [[].values(), new Map().keys(), new Set().keys(), ''[Symbol.iterator]()]) targets.push(getPrototypeOf(it))
  const jobs = []
  for (const target of targets) {
    for (const key of ownKeys(target)) {
      const descriptor = getOwnPropertyDescriptor(target, key)
      if (kept.includes(key) || key === toStringTag || !descriptor.configurable) continue
      if ('value' in descriptor && typeof descriptor.value !== 'function') continue
      jobs.push([target, key, { __proto__: null, ...('value' in descriptor ? { value: fail } : { get: fail }), configurable: true }])
    }
  }
  for (const key of ownKeys(Object.prototype)) {
    if (key !== 'constructor' && key !== '__proto__') jobs.push([Object.prototype, key, { __proto__: null, value: fail, configurable: true }])
  }
  for (const key of polluted) jobs.push([Object.prototype, key, { __proto__: null, value: 'polluted', configurable: true, writable: true }])
  for (const key of ['Map', 'Set', 'Array', 'String', 'Object', 'Error', 'RegExp', 'Number', 'Symbol', 'Reflect', 'JSON', 'Math']) {
    jobs.push([globalThis, key, { __proto__: null, value: fail, configurable: true }])
  }
  for (let i = 0; i < jobs.length; i++) defineProperty(jobs[i][0], jobs[i][1], jobs[i][2])
  return jobs.length
}`,
  guest,
)
const polluted = [
  ...[
    'value',
    'get',
    'done',
    'index',
    '0',
    '100',
    'depth',
    'colors',
    'showHidden',
    'compact',
    'customInspect',
    'sorted',
  ],
  ...['stylize', 'userOptions', 'indentation', 'circular', 'alone', 'contents', 'fields', 'whenTooDeep', 'base'],
]

function show() {
  output = ''
  vm.runInContext('show()', guest, { filename: 'show.js' })
  return output
}
const before = show()
const broken = breakBuiltins(kept, polluted)
process.stdout.write(JSON.stringify({ broken, before, after: show() }))
