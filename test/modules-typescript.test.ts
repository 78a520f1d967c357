import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { tree } from './helpers/tree.js'

const read = (isolate: Isolate, specifier: string): Promise<unknown> =>
  isolate.run(`import(${JSON.stringify(specifier)}).then((n) => n.default)`)

describe('TypeScript', () => {
  it('is taken as it is: types go, lines and columns stay', async () => {
    const root = tree({
      'app.ts': `import type { Shape } from './shape.ts'
import { area, type Unit } from './shape.ts'
interface Box extends Shape { unit?: Unit }
const box: Box = { w: 2, h: 3 } satisfies Shape
export default area(box) as number
export function fail<T>(what: T): never {
  throw new Error(String(what))
}`,
      'shape.ts':
        'export type Unit = "cm"; export interface Shape { w: number; h: number }; export const area = ({ w, h }: Shape): number => w * h',
      'common.cts':
        "import type { Shape } from './shape.ts'; const shape: Shape = { w: 1, h: 2 }; module.exports = shape",
      'esm.mts': 'export default 1 as number',
    })
    using isolate = new Isolate({ modules: { root } })
    expect(await read(isolate, './app.ts')).toBe(6)
    expect(await read(isolate, './common.cts')).toEqual({ w: 1, h: 2 })
    expect(await read(isolate, './esm.mts')).toBe(1)
    const error = await failure(isolate.run("import('./app.ts').then((n) => n.fail('here'))"))
    expect(error.stack).toContain(`${pathToFileURL(join(root, 'app.ts')).href}:7:9`)
  })

  it('is refused where it is more than types, or wrong', async () => {
    using isolate = new Isolate({ modules: { sources: { 'a.ts': 'enum A { B }', 'b.ts': 'let x: = 1' } } })
    for (const specifier of ['a.ts', 'b.ts']) {
      const error = await failure(read(isolate, specifier))
      expect(error).toMatchObject({ code: 'ERR_MODULE_TYPESCRIPT' })
      expect(error.message).toContain(`memory:///${specifier}`)
    }
  })

  it('leaves no warning behind', async () => {
    const warnings: unknown[] = []
    const note = (warning: unknown): number => warnings.push(warning)
    process.on('warning', note)
    try {
      using isolate = new Isolate({ modules: { sources: { 'a.ts': 'export default 1 as number' } } })
      expect(await read(isolate, 'a.ts')).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      expect(warnings).toEqual([])
    } finally {
      process.off('warning', note)
    }
  })
})
