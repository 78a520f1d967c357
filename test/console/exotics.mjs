// Expressions that the guest's console is compared with Node's on; compare.mjs prints each in several ways.
import { lines } from './lines.mjs'

export const exotics = lines(String.raw`
// Dates, regular expressions, boxes, arguments
new Date(0)
new Date(NaN)
Object.assign(new Date(0), { x: 1 })
Object.setPrototypeOf(new Date(0), null)
Object.setPrototypeOf(new Date(0), Object.prototype)
/abc/gi
/[/]\//u
Object.assign(/x/, { y: 1 })
Object.setPrototypeOf(/x/g, null)
new Number(3)
new Number(-0)
new String('abc')
Object.assign(new String('ab'), { x: 1 })
new Boolean(false)
Object(1n)
Object(Symbol('b'))
Object.setPrototypeOf(new Number(1), null)
Object.assign(new Number(1), { [Symbol.toStringTag]: 'Tag' })
(function () { return arguments })(1, 2)
(function () { 'use strict'; return arguments })()
(function* () {})()
(async function* () {})()
// Circles
(() => { const o = {}; o.self = o; return o })()
(() => { const a = { n: 'a' }, b = { a, n: 'b' }; a.b = b; return [a, b] })()
(() => { const m = new Map(); m.set('m', m); m.set(m, [m]); return m })()
(() => { const a = []; a.push(a, { a }); return a })()
(() => { const s = { k: 1 }; return [s, s, { s }] })()
(() => { const f = () => {}; f.f = f; return f })()
(() => { const e = new Error('self'); e.stack = 'Error: self'; e.e = e; return e })()
(() => { const a = {}, b = { a }; a.b = b; a.c = { a, b }; return a })()
// Proxies
new Proxy({ a: 1 }, {})
new Proxy(function f() {}, {})
new Proxy(class Q {}, {})
new Proxy([1, 2], {})
new Proxy(new Map([[1, 2]]), {})
new Proxy(new Proxy({ x: 1 }, {}), { get: undefined })
(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy })()
// Own inspect functions
({ [Symbol.for('nodejs.util.inspect.custom')](d, o) { return 'custom ' + d + ' ' + Object.keys(o) } })
({ [Symbol.for('nodejs.util.inspect.custom')](d, o, i) { return { nested: i({ a: [1, { b: 2 }] }, o) } } })
({ [Symbol.for('nodejs.util.inspect.custom')](d, o, i) { return i({ a: { b: {} } }, { ...o, depth: 0, mine: {} }) } })
({ [Symbol.for('nodejs.util.inspect.custom')]() { return 'multi\nline' } })
({ x: { [Symbol.for('nodejs.util.inspect.custom')]() { return 'multi\nline' } } })
({ [Symbol.for('nodejs.util.inspect.custom')]() { return this } })
({ [Symbol.for('nodejs.util.inspect.custom')]() { return 5 } })
({ [Symbol.for('nodejs.util.inspect.custom')](d, o, i) { return typeof i + String(i.custom) + o.stylize('t', 'string') } })
Object.assign(Object.create(null), { [Symbol.for('nodejs.util.inspect.custom')](d, o) { return typeof o.stylize + Object.getPrototypeOf(o) } })
new (class I { [Symbol.for('nodejs.util.inspect.custom')]() { return this.v } v = 3 })()
(class I { [Symbol.for('nodejs.util.inspect.custom')]() { return 'mine' } }).prototype
({ inspect() { return 'no longer' } })
`)
