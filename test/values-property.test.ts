import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { depict } from './helpers/depict.js'
import { Isolate } from './helpers/isolates.js'
import { seed } from './helpers/random.js'

const text = fc.array(fc.nat(0xffff), { maxLength: 12 }).map((units) => String.fromCharCode(...units))
const key = fc.oneof(fc.string({ maxLength: 6 }), text, fc.nat(20).map(String))

const leaf = fc.oneof(
  fc.constantFrom(undefined, null, true, false),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  fc.string(),
  text,
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a/, /b+/gi, /\//u).map((expression) => new RegExp(expression)),
  fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.bigInt()).map((value) => Object(value) as unknown),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.uint8Array({ minLength: 4 }).map((array) => new DataView(array.buffer, 1, 2)),
  fc.tuple(fc.constantFrom(Error, TypeError, RangeError), text).map(([Class, message]) => new Class(message)),
)

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.array(fc.option(tie('value')), { maxLength: 6 }).map((items) => {
      const list: unknown[] = []
      for (const [index, item] of items.entries()) if (item !== null) list[index * 2] = item
      return list
    }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
  ),
}))

// A graph: nodes of several kinds, any of which may refer to any other or to itself.
const graph = fc
  .tuple(
    fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }),
    fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 24 }),
  )
  .map(([shapes, edges]) => {
    const nodes = shapes.map((shape) => [{}, [], new Map(), new Set()][shape] as object)
    for (const [index, [from, to]] of edges.entries()) {
      const source = nodes[from % nodes.length] as object
      const target = nodes[to % nodes.length] as object
      if (Array.isArray(source)) source.push(target)
      else if (source instanceof Map) source.set(target, index)
      else if (source instanceof Set) source.add(target)
      else (source as Record<string, unknown>)[`edge${index}`] = target
    }
    return nodes
  })

describe(`arbitrary values (TEST_SEED=${seed})`, () => {
  const cases: [string, fc.Arbitrary<unknown>, number][] = [
    ['nested values', value, 400],
    ['graphs with shared parts and cycles', graph, 200],
    ['text of any code units', text, 200],
  ]

  it.each(cases)('%s arrive in a guest as structured clone has them', (_kind, arbitrary, numRuns) => {
    using isolate = new Isolate()
    const arrives = (original: unknown): void => {
      expect(isolate.callSync(depict, [original])).toBe(depict(structuredClone(original)))
    }
    fc.assert(fc.property(arbitrary, arrives), { seed, numRuns })
  })

  it.each(cases)('%s come back from a guest as structured clone has them', (_kind, arbitrary, numRuns) => {
    using isolate = new Isolate()
    const returns = (original: unknown): void => {
      const back = isolate.callSync((there: unknown) => there, [original])
      expect(depict(back)).toBe(depict(structuredClone(structuredClone(original))))
    }
    fc.assert(fc.property(arbitrary, returns), { seed, numRuns })
  })
})
