import { describe, expect, it } from 'vitest'
import { Isolate, SharedStore } from './helpers/isolates.js'

// Who looks into a large value keeps hold of it: here others change, move and remove what is kept.

const table = (name: string): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: 500 }, (_, id) => [`user:${id}`, { id, name: `${name} ${id}`, tags: ['a', { deep: id }] }]),
  )

describe('getIn of a large value', () => {
  it('finds the newest value after another isolate has changed it', async () => {
    const store = new SharedStore()
    await using isolate = new Isolate({ globals: { store } })
    store.set('table', table('first'))
    for (let version = 0; version < 20; version++) {
      expect(store.getIn('table', ['user:7', 'name'])).toBe(version === 0 ? 'first 7' : `name ${version - 1}`)
      await isolate.run(`store.setIn('table', ['user:7', 'name'], 'name ${version}'); undefined`)
      expect(store.getIn('table', ['user:7', 'name'])).toBe(`name ${version}`)
      expect(await isolate.run(`store.getIn('table', ['user:7', 'name'])`)).toBe(`name ${version}`)
    }
  })

  it('finds nothing once the key was taken out, and what was put in since', async () => {
    const store = new SharedStore()
    await using isolate = new Isolate({ globals: { store } })
    for (const take of [`store.delete('table')`, 'store.clear()', `store.transaction((tx) => tx.delete('table'))`]) {
      store.set('table', table('first'))
      expect(store.getIn('table', ['user:1', 'id'])).toBe(1)
      await isolate.run(`${take}; undefined`)
      expect(store.getIn('table', ['user:1', 'id'])).toBeUndefined()
      store.set('table', [1, 2, 3])
      expect(store.getIn('table', ['user:1', 'id'])).toBeUndefined()
      expect(store.getIn('table', [1])).toBe(2)
    }
  })

  it('tells apart more keys and stores than are kept', () => {
    const stores = [new SharedStore(), new SharedStore()]
    const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`)
    for (const [s, store] of stores.entries()) for (const key of keys) store.set(key, table(`${s} ${key}`))
    for (let times = 0; times < 3; times++) {
      for (const key of keys) {
        for (const [s, store] of stores.entries()) expect(store.getIn(key, ['user:9', 'name'])).toBe(`${s} ${key} 9`)
      }
    }
  })

  it('gives frozen parts, texts of every length, and the whole for an empty path', () => {
    const store = new SharedStore()
    const value = {
      ...table('t'),
      long: 'x'.repeat(20_000),
      wide: '語'.repeat(5000),
      when: new Date(5),
      big: 2n ** 70n,
    }
    store.set('value', value)
    for (let times = 0; times < 3; times++) {
      const part = store.getIn('value', ['user:3']) as object
      expect(part).toEqual({ id: 3, name: 't 3', tags: ['a', { deep: 3 }] })
      expect(Object.isFrozen(part)).toBe(true)
      expect(store.getIn('value', ['user:3', 'tags', 1, 'deep'])).toBe(3)
      expect(store.getIn('value', ['user:3', 'tags', 1, 'deep', 'no'])).toBeUndefined()
      expect(store.getIn('value', ['long'])).toBe(value.long)
      expect(store.getIn('value', ['wide'])).toBe(value.wide)
      expect(store.getIn('value', ['when'])).toEqual(value.when)
      expect(store.getIn('value', ['big'])).toBe(value.big)
      expect(store.getIn('value', [])).toEqual(value)
    }
  })

  it('takes a path as it was when it was given', () => {
    const store = new SharedStore()
    store.set('table', table('t'))
    const answers: unknown[] = ['name', Symbol('none')]
    const path = Object.defineProperty(['user:3', ''], 1, { get: () => answers.shift() })
    expect(store.getIn('table', path)).toBe('t 3')
    expect(store.getIn('table', new Proxy(['user:3', 'tags', 1, 'deep'], {}))).toBe(3)
    store.setIn('table', new Proxy(['user:3', 'name'], {}), 'new')
    expect(store.removeIn('table', new Proxy(['user:4', 'name'], {}))).toBe(true)
    expect(store.getIn('table', ['user:3', 'name'])).toBe('new')
    expect(store.getIn('table', ['user:4'])).toEqual({ id: 4, tags: ['a', { deep: 4 }] })
  })

  it('fails in a guest that has broken lists, and there only', async () => {
    const store = new SharedStore()
    store.set('table', table('t'))
    await using isolate = new Isolate({ globals: { store } })
    const failed = await isolate.run(`
      for (const i of [0, 1, 2, 3]) Object.defineProperty(Array.prototype, i, { get: () => Symbol(), set() {} })
      let failed = 0
      for (let times = 0; times < 3; times++) {
        for (const path of [['a'], ['a', 'b'], ['a', 'b', 'c', 'd']]) try { store.getIn('table', path) } catch { failed++ }
      }
      failed`)
    expect(failed).toBe(9)
    expect(store.getIn('table', ['user:3', 'id'])).toBe(3)
  })

  it('gives each of many readers one of the versions that were there, and never an older one after a newer', async () => {
    const store = new SharedStore()
    store.set('table', { ...table('t'), version: 0, twice: 0 })
    const isolates = Array.from({ length: 4 }, () => new Isolate({ globals: { store } }))
    const readers = isolates.map((isolate) =>
      isolate.run(`
        let last = 0, reads = 0
        while (last < 300) {
          const version = store.getIn('table', ['version'])
          if (version < last) throw new Error(version + ' after ' + last)
          last = version
          reads++
        }
        reads`),
    )
    for (let version = 1; version <= 300; version++) store.setIn('table', ['version'], version)
    for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(0)
    await Promise.all(isolates.map((isolate) => isolate.close()))
  })
})
