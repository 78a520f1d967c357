import { describe, expect, it } from 'vitest'
import { libraries } from '../lib/guest/web/index.js'
import { Isolate } from './helpers/isolates.js'

/** Names, kinds and attributes of an interface: its own properties and those of its prototype. */
function describeGlobal(name: string): string[] {
  const lines: string[] = []
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor
  const value = (globalThis as Record<string, unknown>)[name] as unknown
  const attributes = ({ writable, enumerable, configurable }: PropertyDescriptor): string =>
    `${writable ? 'w' : '-'}${enumerable ? 'e' : '-'}${configurable ? 'c' : '-'}`
  // Node has some behind a getter that loads them, which is no accessor by the standard.
  lines.push(`${name} ${descriptor.enumerable ? 'e' : '-'}${descriptor.configurable ? 'c' : '-'}`)
  const members = (target: object, path: string): void => {
    for (const key of Reflect.ownKeys(target)) {
      const member = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor
      const kind = member.get ? 'attribute' : typeof member.value
      lines.push(`${path}.${String(key)} ${kind} ${attributes(member)}`)
    }
  }
  if (typeof value !== 'function') return lines
  members(value, name)
  if (value.prototype !== undefined) members(value.prototype as object, `${name}.prototype`)
  return lines
}

/** Where Node has more, or less, or otherwise than the standards have it. */
const nodesOwn = [
  /Symbol\((?!Symbol\.(iterator|asyncIterator|toPrimitive))/,
  /^URL\.(createObjectURL|revokeObjectURL) /,
  /^[A-Za-z]+\.(length|name|prototype|arguments|caller) /,
  /^Performance(\.prototype)?\./,
  /^Event\.prototype\.(isTrusted|initEvent|NONE|CAPTURING_PHASE|AT_TARGET|BUBBLING_PHASE) /,
  /^MessageEvent\.prototype\.initMessageEvent /,
  /^Navigator\.prototype\./,
  // Not enumerable in Node.
  /^AbortSignal\.(abort|timeout|any|prototype\.(reason|throwIfAborted)) /,
  /^URLSearchParams\.prototype\.size /,
  /^WritableStreamDefaultController\.prototype\.(abortReason|signal) /,
  /^Blob\.prototype\.(textStream|bytes) /,
  /^(Request|Response)\.prototype\.(attribute|bytes|textStream) /,
  /^File\.prototype\.webkitRelativePath /,
  // Of other versions than the guest's.
  /^SubtleCrypto\.(supports|prototype\.(getPublicKey|(en|de)capsulate(Bits|Key))) /,
  /^MessageChannel\.prototype\./,
  // Named by both, listened to by the class that both derive from in Node.
  /^MessagePort\.prototype\./,
  // A package's own.
  /^URLPattern\.prototype\./,
  /^structuredClone\./,
  /^URL\.parse /,
  /^ReadableStream\.from /,
  /^DOMException\.prototype\.(stack) /,
  // A server's end of a WebSocket.
  /^Response\.prototype\.webSocket /,
  /^WebSocket\.prototype\.accept /,
]

describe('the globals of the web platform', () => {
  const all = libraries().flatMap(({ classes, functions, attributes }) => [...classes, ...functions, ...attributes])

  it('have the properties that Node’s have', () => {
    using isolate = new Isolate()
    const differences: string[] = []
    for (const name of all) {
      if (!(name in globalThis) || ['performance', 'crypto', 'navigator', 'Crypto'].includes(name)) continue
      const source = `(${describeGlobal})('${name}')`
      const own = (line: string): boolean => !nodesOwn.some((pattern) => pattern.test(line))
      const theirs = describeGlobal(name).filter(own)
      const ours = isolate.runSync<string[]>(source).filter(own)
      differences.push(...theirs.filter((line) => !ours.includes(line)).map((line) => `Node: ${line}`))
      differences.push(...ours.filter((line) => !theirs.includes(line)).map((line) => `guest: ${line}`))
    }
    expect(differences).toEqual([])
  })

  it('are called what they are called', () => {
    using isolate = new Isolate()
    const classes = libraries().flatMap((library) => library.classes)
    expect(isolate.runSync(`${JSON.stringify(classes)}.map((name) => globalThis[name].name)`)).toEqual(classes)
  })

  it('are what their objects say they are', () => {
    using isolate = new Isolate()
    const classes = libraries()
      .flatMap((library) => library.classes)
      .filter((name) => name !== 'URLPattern')
    const source = `${JSON.stringify(classes)}.filter((name) => globalThis[name].prototype[Symbol.toStringTag] !== name)`
    expect(isolate.runSync(source)).toEqual([])
  })
})
