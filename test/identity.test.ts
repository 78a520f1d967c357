import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'

// A7, B22, B23, B35, B37
describe('ids', () => {
  it('are positive integers', () => {
    using isolate = new Isolate()
    expect(Number.isSafeInteger(isolate.id) && isolate.id > 0).toBe(true)
  })

  it('rise in order of creation', () => {
    using one = new Isolate()
    using two = new Isolate()
    expect(two.id).toBeGreaterThan(one.id)
  })

  it('are never used twice', async () => {
    const ids = new Set<number>()
    for (let count = 0; count < 100; count++) {
      const isolate = new Isolate()
      ids.add(isolate.id)
      await isolate.close()
    }
    expect(ids.size).toBe(100)
  })

  it.each(['id', 'name', 'state', 'closed'])('%s is read-only', (property) => {
    using isolate = new Isolate()
    expect(() => {
      ;(isolate as unknown as Record<string, unknown>)[property] = 1
    }).toThrow(TypeError)
  })

  it('can be asked for after the end', () => {
    const isolate = new Isolate({ name: 'gone' })
    const { id } = isolate
    isolate.terminate()
    expect([isolate.id, isolate.name]).toEqual([id, 'gone'])
  })
})

// B21 to B25
describe('Isolate.all()', () => {
  it('is empty at first', () => {
    expect(Isolate.all()).toEqual([])
  })

  it('keeps the order of creation', () => {
    using one = new Isolate()
    using two = new Isolate()
    using three = new Isolate()
    expect(Isolate.all()).toEqual([one, two, three])
  })

  it('gives the same objects every time', () => {
    using isolate = new Isolate()
    expect(Isolate.all()[0]).toBe(isolate)
    expect(Isolate.all()[0]).toBe(isolate)
  })

  it('gives a list of its own every time', () => {
    using isolate = new Isolate()
    Isolate.all().pop()
    expect(Isolate.all()).toEqual([isolate])
  })

  it('drops a disposed isolate and keeps the order of the rest', () => {
    using one = new Isolate()
    const two = new Isolate()
    using three = new Isolate()
    two.terminate()
    expect(Isolate.all()).toEqual([one, three])
  })
})

// B30 to B32, H120
describe('Isolate.current', () => {
  it('is null on the host', () => {
    expect(Isolate.current).toBeNull()
  })

  it('is read-only', () => {
    expect(() => {
      ;(Isolate as { current: unknown }).current = 1
    }).toThrow(TypeError)
  })

  it('tells a guest its id and name', () => {
    using isolate = new Isolate({ name: 'tenant' })
    expect(isolate.runSync('({ id: isolates.Isolate.current.id, name: isolates.Isolate.current.name })')).toEqual({
      id: isolate.id,
      name: 'tenant',
    })
  })

  it('tells a function which isolate it runs in', async () => {
    using isolate = new Isolate()
    const current = new Function('return isolates.Isolate.current.id') as () => number
    expect(await isolate.call(current)).toBe(isolate.id)
  })

  it('is the same object for a guest every time', () => {
    using isolate = new Isolate()
    expect(isolate.runSync('isolates.Isolate.current === isolates.Isolate.current')).toBe(true)
  })

  it('differs between isolates', () => {
    using one = new Isolate()
    using two = new Isolate()
    const current = 'isolates.Isolate.current.id'
    expect([one.runSync(current), two.runSync(current)]).toEqual([one.id, two.id])
  })

  it('cannot be changed by a guest', () => {
    using isolate = new Isolate()
    isolate.runSync(
      'try { isolates.Isolate.current = 1; isolates.Isolate.current.id = -1; isolates.Isolate = 1 } catch {}',
    )
    expect(isolate.runSync('isolates.Isolate.current.id')).toBe(isolate.id)
  })
})

// C41 to C43
describe('state', () => {
  it('is running while a guest runs, as its console callback sees it', () => {
    const seen: string[] = []
    using isolate = new Isolate({ console: (entry) => seen.push(entry.isolate.state) })
    isolate.runSync("console.log('x')")
    expect(seen).toEqual(['running'])
  })

  it('is idle again afterwards', async () => {
    using isolate = new Isolate()
    await isolate.run('1')
    expect(isolate.state).toBe('idle')
  })

  it('is idle again after a failure', async () => {
    using isolate = new Isolate()
    await isolate.run('throw 1').catch(() => {})
    expect(isolate.state).toBe('idle')
  })

  it('is closed after the end', () => {
    const isolate = new Isolate()
    isolate.terminate()
    expect(isolate.state).toBe('closed')
  })
})
