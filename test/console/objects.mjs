// Expressions that the guest's console is compared with Node's on; compare.mjs prints each in several ways.
import { lines } from './lines.mjs'

export const objects = lines(String.raw`
// Primitives
1
-0
NaN
Infinity
1234567.891
10n
true
null
undefined
''
'text'
'it\'s'
'it\'s "both"'
'it\'s "all" ${'`'}three${'`'}'
'\n\t\b\f\r\v\0\x1b\x7f\x9f\\ \u2028 \ud800 \ud83d\ude00 \udc00'
'multiple\nlines\n'
'a long text of several lines that does not fit\ninto one line of eighty columns because it is long\n'.repeat(3)
'x'.repeat(200)
Symbol()
Symbol('with space')
Symbol('line\nbreak')
Symbol.iterator
// Objects
({})
({ a: 1, 'b-c': 2, 3: 4, [Symbol('s')]: 5, [Symbol()]: 6, 'it\'s': 7, ['__proto__']: 8, '': 9, ünï: 10 })
({ a: { b: { c: { d: { e: 1 } } } } })
({ a: 1, b: 'x', c: [1, 2, { d: 3 }], e: [[1, 2], [3, 4]], f: undefined, g: null })
({ aaaaaaaaaaaaaaaaaaaaaaaa: 1, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: 2, ccccccccccccccccccccccccc: 3 })
({ long: 'x'.repeat(100), other: 'y'.repeat(100) })
({ text: 'word '.repeat(30), more: ['another text that is quite long, so that it is broken up somewhere\nhere'] })
Object.fromEntries(Array.from({ length: 30 }, (_, i) => ['key' + i, i]))
({ get a() { return 1 }, set b(v) {}, get c() { return { x: 1 } }, set c(v) {}, get d() { return null } })
({ get thrower() { throw new TypeError('thrown by getter') } })
Object.defineProperty({ visible: 1 }, 'hidden', { value: 2 })
Object.defineProperty({}, 'hidden-key', { value: { x: 1 } })
Object.defineProperty({}, Symbol('hidden'), { value: 1 })
Object.create(null)
Object.assign(Object.create(null), { a: 1 })
Object.create({})
Object.create({ inherited: 1 })
Object.create(Object.create(null))
Object.freeze({ a: 1 })
globalThis.constructor === Object ? {} : {}
({ constructor: 'text' })
({ constructor: { name: 'Fake' } })
({ constructor: null })
({ toString: null, valueOf: null })
({ toString() { return 'own text' } })
({ [Symbol.toPrimitive]() { return 'primitive' } })
({ toJSON() { return 'json' } })
({ then() {} })
// Tags
({ [Symbol.toStringTag]: 'Tagged' })
Object.defineProperty({}, Symbol.toStringTag, { value: 'Hidden' })
Object.assign(Object.create(null), { [Symbol.toStringTag]: 'T' })
Object.defineProperty(Object.create(null), Symbol.toStringTag, { value: 'Hidden' })
new (class Foo { get [Symbol.toStringTag]() { return 'Bar' } })()
new (class Foo { get [Symbol.toStringTag]() { return 'Foo' } })()
new (class MyFoo { get [Symbol.toStringTag]() { return 'Foo' } })()
new (class Foodle { get [Symbol.toStringTag]() { return 'Foo' } })()
new (class Foo { get [Symbol.toStringTag]() { return 'some.Foo' } })()
new (class Foo { get [Symbol.toStringTag]() { return 5 } })()
JSON
Math
Atomics
new Intl.NumberFormat('en')
new Intl.Locale('en')
// Classes and instances
class A {}
class A extends Array {}
class extends Object {}
class A extends null {}
class A { static x = 1; static #p = 2 }
class /* comment ( */ A {}
class A { static [Symbol.toStringTag] = 'Tag' }
class A { static name = 'other' }
Object.setPrototypeOf(class A {}, null)
new (class Foo { a = 1; #b = 2; get c() { return 3 } method() {} })()
new (class {})()
new (class Foo extends Map { x = 1 })([[1, 2]])
new (class Foo extends Set {})([1])
new (class Foo extends Array {})(3)
new (class Foo extends Promise {})(() => {})
new (class Foo extends Uint8Array {})(2)
new (class Foo extends RegExp {})('a', 'g')
new (class Foo extends Date {})(0)
new (class Foo extends Number {})(1)
new (class Foo extends ArrayBuffer {})(2)
new (class B extends (class A { x = 1 }) { y = 2 })()
Object.create(class Foo {}.prototype)
class Foo { constructor() {} }.prototype
Object.assign(Object.create({ a: 1, b() {}, get c() { return 1 } }), { a: 2 })
new (class B extends (class A { get inherited() { return 1 } }) { get own() { return 2 } })()
Object.setPrototypeOf(new (class Foo { a = 1 })(), null)
Object.create(Array.prototype)
Object.create(Date.prototype)
Array.prototype
Object.prototype
Function.prototype
Map.prototype
Promise.prototype
Symbol.prototype
Date.prototype
Error.prototype
// Functions
function foo() {}
() => {}
async () => {}
function* gen() {}
async function* agen() {}
Object.assign(function f() {}, { a: 1, b: { c: 2 } })
Object.setPrototypeOf(function f() {}, null)
Object.setPrototypeOf(() => {}, class Foo {}.prototype)
Object.defineProperty(() => {}, 'name', { value: 5 })
Object.defineProperty(function f() {}, Symbol.toStringTag, { value: 'Tag' })
Math.max
({ get() {}, async m() {}, *g() {}, f: class X {}, ['computed' + 1]: () => {} })
new Function('return 1')
// Arrays
[]
[1, 2, 3]
[[[[[1]]]]]
[1, , 3]
[, ,]
new Array(5)
[1, , , 4, , 'x']
[undefined, null]
Object.assign([1, 2], { x: 1, '-1': 2, 'a b': 3 })
Object.assign([, 1], { x: 1 })
Object.defineProperty([1], 'hid', { value: 1 })
Object.defineProperty([1, 2], 0, { get() { return 1 } })
Array.from({ length: 7 }, (_, i) => i)
Array.from({ length: 101 }, (_, i) => 1.5 * i)
Array.from({ length: 200 }, (_, i) => i)
Array.from({ length: 27 }, (_, i) => 'item' + i)
Array.from({ length: 120 }, (_, i) => (i % 2 ? i : 'k' + i))
Array.from({ length: 50 }, (_, i) => 'x'.repeat(i % 12))
Array.from({ length: 8 }, (_, i) => 'a'.repeat(i * 3))
Array.from({ length: 30 }, (_, i) => BigInt(i) ** 5n)
Array.from({ length: 10 }, (_, i) => ({ i }))
Array.from({ length: 7 }, (_, i) => [i, i * 2])
Array.from({ length: 10 }, (_, i) => (i === 5 ? { deep: { deeper: [1, 2, 3] } } : i))
['日本語', 'かな', '한글', '😀', 'é', 'e\u0301', '日本語日本語', 'ａｂｃ', 'x']
['\u001b[31mred\u001b[0m', 'a', 'b', 'c', 'd', 'e', 'f', 'g']
Object.setPrototypeOf([1], null)
Object.setPrototypeOf([1, 2], {})
// Collections
new Map()
new Map([['a', 1], [{ k: 1 }, new Map([[1, new Set([1])]])]])
Object.assign(new Map([[1, 2]]), { x: 1 })
new Map(Array.from({ length: 150 }, (_, i) => [i, i]))
new Set()
new Set([1, 'a', { a: { b: {} } }])
new Set(Array.from({ length: 150 }, (_, i) => i))
new Map([[1, 2], [3, 4]]).entries()
new Map([[1, { a: { b: { c: 1 } } }]]).values()
new Map([[1, 2]]).keys()
new Set([1, 2]).values()
new Set([5]).entries()
Object.assign(new Set([1]).values(), { extra: true })
Object.defineProperty(new Map([[1, 2]]).keys(), Symbol.toStringTag, { value: 'Mine' })
(() => { const it = new Map([[1, 2], [3, 4]]).entries(); it.next(); return it })()
[1, 2].values()
'ab'[Symbol.iterator]()
'ab'.matchAll(/a/g)
new WeakMap()
new WeakMap([[{ a: 1 }, { b: 2 }]])
new WeakSet()
new WeakSet([{ a: 1 }])
new WeakRef({ a: 1 })
new FinalizationRegistry(() => {})
Object.setPrototypeOf(new Map([[1, 2]]), null)
Object.setPrototypeOf(new Set([1]), null)
Object.setPrototypeOf(new Map([[1, 2]]), {})
// Promises
Promise.resolve(4)
Promise.resolve({ a: { b: { c: {} } } })
new Promise(() => {})
(() => { const p = Promise.reject(3); p.catch(() => {}); return p })()
Object.assign(Promise.resolve(1), { x: 1 })
Object.setPrototypeOf(Promise.resolve(1), null)
// Buffers
new Uint8Array([1, 2, 3])
new Float64Array([1.5, -0, NaN])
new BigInt64Array([1n])
new Uint8Array(200)
new Uint8Array(0)
new Uint8ClampedArray(2)
Object.assign(new Uint8Array(1), { x: 1 })
new ArrayBuffer(4)
new ArrayBuffer(100)
new ArrayBuffer(0)
new ArrayBuffer(8, { maxByteLength: 16 })
Object.assign(new ArrayBuffer(2), { x: 1 })
new SharedArrayBuffer(2)
new DataView(new ArrayBuffer(3), 1)
({ ab: new ArrayBuffer(2), dv: new DataView(new ArrayBuffer(1)) })
Object.setPrototypeOf(new Uint8Array(2), null)
Object.setPrototypeOf(new ArrayBuffer(2), null)
`)
