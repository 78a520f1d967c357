import { describe, expect, it } from 'vitest'
import { Isolate, prewarm } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

type Case = [call: string, misuse: (isolate: Isolate) => unknown]

const invalidOption = { name: 'TypeError', code: 'ERR_INVALID_OPTION' }
const invalidType = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
const outOfRange = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }

const wrong = (value: unknown): never => value as never
const create = (options: object): Case => [`new Isolate({ ${shown(options)} })`, () => new Isolate(wrong(options))]
const scripts = (options: object): Case[] => [
  [`run('1', { ${shown(options)} })`, (isolate) => isolate.run('1', wrong(options))],
  [`runSync('1', { ${shown(options)} })`, (isolate) => isolate.runSync('1', wrong(options))],
]
const running = (options: object): Case[] => [
  ...scripts(options),
  [`call(f, [], { ${shown(options)} })`, (isolate) => isolate.call(() => 1, [], wrong(options))],
  [`callSync(f, [], { ${shown(options)} })`, (isolate) => isolate.callSync(() => 1, [], wrong(options))],
]

function shown(options: object): string {
  return Object.entries(options)
    .map(
      ([key, value]) =>
        `${key}: ${typeof value === 'string' ? `'${value}'` : Array.isArray(value) ? '[…]' : String(value)}`,
    )
    .join(', ')
}

// A12 to A16, E73, F83: nothing is coerced, nothing is ignored.
describe('misuse throws synchronously', () => {
  const misuse = (action: Case[1]): unknown => {
    using isolate = new Isolate()
    return thrown(() => action(isolate))
  }

  const unknown: Case[] = [
    create({ memorylimit: 64 }),
    create({ name: 'x', spam: undefined }),
    create({ runtimes: 'bare' }),
    ...running({ timeOut: 5 }),
    ...running({ cpu: 5 }),
    ['call(f, [], { lineOffset })', (target) => target.call(() => 1, [], wrong({ lineOffset: 1 }))],
    ['callSync(f, [], { columnOffset })', (target) => target.callSync(() => 1, [], wrong({ columnOffset: 1 }))],
    ["runSync('1', { signal })", (target) => target.runSync('1', wrong({ signal: new AbortController().signal }))],
    [
      'callSync(f, [], { signal })',
      (target) => target.callSync(() => 1, [], wrong({ signal: new AbortController().signal })),
    ],
    ['call(f, [], { globals })', (target) => target.call(() => 1, [], wrong({ globals: { a: 1 } }))],
    ['callSync(f, [], { globals })', (target) => target.callSync(() => 1, [], wrong({ globals: { a: 1 } }))],
  ]
  it.each(unknown)('%s: an unknown option', (_call, action) => {
    expect(misuse(action)).toMatchObject(invalidOption)
  })

  it('names the unknown option', () => {
    expect(thrown(() => new Isolate(wrong({ memorylimit: 64 }))).message).toContain('memorylimit')
  })

  const types: Case[] = [
    ['new Isolate(5)', () => new Isolate(wrong(5))],
    ["new Isolate('x')", () => new Isolate(wrong('x'))],
    ...[5, true, {}, null].map((name) => create({ name })),
    ...['64', true, {}, 64n].map((memoryLimit) => create({ memoryLimit })),
    ...['5', true, {}].map((timeout) => create({ timeout })),
    ...[5, true, {}, 'loud'].map((value) => create({ console: value })),
    ...[5, 'x', true].map((globals) => create({ globals })),
    ...[10, undefined, null, new Uint8Array(1), {}].map(
      (source): Case => [`run(${source})`, (target) => target.run(wrong(source))],
    ),
    ...[10, undefined, null].map((source): Case => [`runSync(${source})`, (target) => target.runSync(wrong(source))]),
    ...[10, undefined, null, '() => 1', {}].map((fn): Case => [`call(${fn})`, (target) => target.call(wrong(fn))]),
    ...[10, undefined].map((fn): Case => [`callSync(${fn})`, (target) => target.callSync(wrong(fn))]),
    ...[5, 'ab', {}].map((args): Case => [`call(f, ${args})`, (target) => target.call(() => 1, wrong(args))]),
    ["run('1', 5)", (target) => target.run('1', wrong(5))],
    ["runSync('1', 'x')", (target) => target.runSync('1', wrong('x'))],
    ...running({ timeout: '5' }),
    ...running({ filename: 5 }),
    ...scripts({ lineOffset: '1' }),
    ...scripts({ columnOffset: '1' }),
    ...running({ transfer: 5 }),
    ...running({ transfer: [5] }),
    ...running({ transfer: [new Uint8Array(4)] }),
    ...running({ transfer: [new SharedArrayBuffer(4)] }),
    ["run('1', { signal: {} })", (target) => target.run('1', wrong({ signal: {} }))],
    ["run('1', { globals: 5 })", (target) => target.run('1', wrong({ globals: 5 }))],
    ...[undefined, null, 5, 'x'].map((globals): Case => [`set(${globals})`, (target) => target.set(wrong(globals))]),
    ...[undefined, null, 5, Symbol('x')].map(
      (name): Case => [`get(${String(name)})`, (target) => target.get(wrong(name))],
    ),
    ...['2', undefined, true].map((count): Case => [`prewarm(${count})`, () => prewarm(wrong(count))]),
  ]
  it.each(types)('%s: a wrong type', (_call, action) => {
    expect(misuse(action)).toMatchObject(invalidType)
  })

  const ranges: Case[] = [
    ...[7, 0, -1, Number.NaN].map((memoryLimit) => create({ memoryLimit })),
    ...[0, -1, Number.NaN].map((timeout) => create({ timeout })),
    ...[0, -5, Number.NaN].flatMap((timeout) => running({ timeout })),
    ...['a\0b', 'a\ud800b'].map((name) => create({ name })),
    ...scripts({ lineOffset: 0.5 }),
    ...scripts({ columnOffset: Number.NaN }),
    ...[-1, 1.5, Number.NaN].map((count): Case => [`prewarm(${count})`, () => prewarm(count)]),
  ]
  it.each(ranges)('%s: out of range', (_call, action) => {
    expect(misuse(action)).toMatchObject(outOfRange)
  })

  it('names the argument and what it got', () => {
    const { message } = thrown(() => new Isolate(wrong({ memoryLimit: '64' })))
    expect(message).toMatch(/memoryLimit.*number.*"64"/s)
  })

  it('runs nothing', () => {
    using target = new Isolate()
    thrown(() => target.runSync('globalThis.ran = true', wrong({ timeOut: 5 })))
    expect(target.runSync('typeof ran')).toBe('undefined')
  })
})
