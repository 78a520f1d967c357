import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { tree } from './helpers/tree.js'

const original = `// A comment that is not in what runs.

enum Level { Low, High }

export function deep(level: Level = Level.High): void {
  throw new RangeError(\`level \${level}\`)
}

export const outer = (): void => deep()
`

function built(sourcemap: 'inline' | 'external'): { code: string; map: string } {
  return transformSync(original, { loader: 'ts', sourcefile: 'src/level.ts', sourcemap, minifyWhitespace: true })
}

describe('stacks of guests', () => {
  it('tell the places of the source that a map in the file tells', async () => {
    const root = tree({ 'out.mjs': built('inline').code })
    using isolate = new Isolate({ modules: { root } })
    const error = await failure(isolate.run("import('./out.mjs').then((n) => n.outer())"))
    const source = pathToFileURL(join(root, 'src/level.ts')).href
    expect(error.stack.split('\n').slice(0, 3)).toEqual([
      'RangeError: level 1',
      `    at deep (${source}:6:9)`,
      `    at Module.outer (${source}:9:34)`,
    ])
    expect(error.stack).not.toContain('isolates:guest')
  })

  it('tell those of a map beside the file, and of a module that stands nowhere', async () => {
    const { code, map } = built('external')
    const root = tree({ 'out.mjs': `${code}//# sourceMappingURL=maps/out.mjs.map\n`, 'maps/out.mjs.map': map })
    using isolate = new Isolate({ modules: { root, sources: { nowhere: built('inline').code } } })
    const beside = await failure(isolate.run("import('./out.mjs').then((n) => n.outer())"))
    expect(beside.stack).toContain('src/level.ts:6:9)')
    const nowhere = await failure(isolate.run("import('nowhere').then((n) => n.outer())"))
    expect(nowhere.stack).toContain('    at deep (memory:///src/level.ts:6:9)')
  })

  it('stay as they are where a map is missing, broken, or outside of the root', async () => {
    const { code, map } = built('external')
    const base = tree({
      'outside.map': map,
      'root/missing.mjs': `${code}//# sourceMappingURL=none.map\n`,
      'root/broken.mjs': `${code}//# sourceMappingURL=broken.map\n`,
      'root/broken.map': '{',
      'root/outside.mjs': `${code}//# sourceMappingURL=../outside.map\n`,
      'root/remote.mjs': `${code}//# sourceMappingURL=https://127.0.0.1/x.map\n`,
    })
    using isolate = new Isolate({ modules: { root: join(base, 'root') } })
    for (const name of ['missing', 'broken', 'outside', 'remote']) {
      const error = await failure(isolate.run(`import('./${name}.mjs').then((n) => n.outer())`))
      expect(error.stack, name).toMatch(new RegExp(`at deep \\(file:///.*/root/${name}\\.mjs:\\d+:\\d+\\)`))
    }
  })
})
