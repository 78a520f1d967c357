import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Channel, Isolate, SharedStore, share } from './helpers/isolates.js'

// What `share` gave stays one thing also inside of other values, by whichever codec these cross.

let isolate: Isolate
const table = share({ rows: Array.from({ length: 300 }, (_, id) => ({ id, name: `row ${id}` })) })

beforeEach(() => {
  isolate = new Isolate()
})
afterEach(() => isolate.close())

const wrappers: Record<string, (part: unknown) => { part: unknown }> = {
  'a plain object': (part) => ({ part }),
  'an object with a Map beside it': (part) => ({ part, map: new Map() }) as { part: unknown },
}

for (const [name, wrap] of Object.entries(wrappers)) {
  describe(`what is shared, in ${name}`, () => {
    it('is the same object after a way through a channel', () => {
      const channel = new Channel<{ part: unknown }>()
      for (let times = 0; times < 200; times++) {
        channel.trySend(wrap(table))
        expect((channel.tryReceive() as { part: unknown }).part === table).toBe(true)
      }
    })

    it('is the same object in a guest each time, and comes back as it went', async () => {
      await isolate.run('globalThis.seen = new Set()')
      for (let times = 0; times < 5; times++) {
        const back = await isolate.call(
          (value: { part: object }) => {
            ;(globalThis as unknown as { seen: Set<object> }).seen.add(value.part)
            return [value]
          },
          [wrap(table) as { part: object }],
        )
        expect((back[0] as { part: unknown }).part === table).toBe(true)
      }
      expect(await isolate.run('seen.size')).toBe(1)
      expect(
        await isolate.run('[...seen].every((part) => Object.isFrozen(part) && Object.isFrozen(part.rows[7]))'),
      ).toBe(true)
    })
  })
}

it('a value of a store that contains what is shared does not copy it', () => {
  const store = new SharedStore<{ part: unknown }>()
  store.set('alone', { part: 1 })
  const before = store.bytes
  const values = Array.from({ length: 300 }, (_, id) => ({ id, part: table }))
  store.set('all', { part: values })
  const got = store.get('all') as { part: { id: number; part: unknown }[] }
  expect(got.part.map(({ id }) => id)).toEqual(values.map(({ id }) => id))
  expect(got.part[299]?.part).toEqual(table)
  expect(store.bytes).toBeGreaterThan(before)
})
