import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Ended, type NodeOptions, node, root } from './helpers/child.js'

const bin = join(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).bin)
const isolates = (args: string[], options?: NodeOptions): Promise<Ended> => node([bin, ...args], options)

describe('npx isolates', () => {
  it('lists its commands', async () => {
    const { code, stdout, stderr } = await isolates([])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: npx isolates <command>\n\n {2}serve .*\n {2}doctor .*\n {2}explain /)
    expect((await isolates(['--help'])).stdout).toBe(stdout)
  })

  it.each([['nothing'], ['constructor']])('refuses the command %s', async (name) => {
    const { code, stdout, stderr } = await isolates([name])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`there is no command "${name}"`)
  })
})

describe('npx isolates doctor', () => {
  it('tells what was loaded, and that it works', async () => {
    const { code, stdout, stderr } = await isolates(['doctor'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const part of [process.version, `V8 ${process.versions.v8}`, `ABI ${process.versions.modules}`, '.node ('])
      expect(stdout).toContain(part)
    expect(stdout.match(/^ok {4}/gm)?.length).toBeGreaterThan(8)
    expect(stdout).toMatch(/\nAll is well\.\n$/)
  })

  it('tells programs the same as JSON', async () => {
    const { code, stdout } = await isolates(['doctor', '--json'])
    const report = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(report).toMatchObject({
      ok: true,
      node: { abi: process.versions.modules },
      package: { path: root.replace(/\/$/, '') },
    })
    expect(report.tests.every(({ ok, ms }: { ok: boolean; ms: number }) => ok && ms >= 0)).toBe(true)
    expect(report.addon.size).toBeGreaterThan(100_000)
    expect(report.limits.heapPerIsolate).toBeGreaterThan(8 * 2 ** 20)
    expect(report.snapshot).toBe(process.version.startsWith('v20.') ? 'unavailable' : 'ready')
  })

  it('fails, and says why, where the addon does not load', async () => {
    const env = { ISOLATES_ADDON: join(root, 'package.json') }
    const { code, stdout } = await isolates(['doctor'], { env })
    expect(code).toBe(1)
    expect(stdout).toContain('ERR_ADDON_NOT_LOADED: the addon of isolates was not loaded:')
    expect(stdout).toContain('isolates/docs/errors.md#err_addon_not_loaded')
    expect(stdout).toMatch(/\nSomething is wrong, see above\.\n$/)
    const report = JSON.parse((await isolates(['doctor', '--json'], { env })).stdout)
    expect(report).toMatchObject({ ok: false, error: { code: 'ERR_ADDON_NOT_LOADED' } })
  })

  it('refuses options it does not know', async () => {
    const { code, stderr } = await isolates(['doctor', '--jsno'])
    expect(code).toBe(2)
    expect(stderr).toContain('doctor does not know "--jsno"')
  })
})

describe('npx isolates explain', () => {
  it('prints what the documentation says about a code', async () => {
    const { code, stdout } = await isolates(['explain', 'err_timeout'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ERR_TIMEOUT\n\nSomething took longer/)
    expect(stdout).not.toContain('ERR_ABORTED')
  })

  it('names the codes there are for one that is none', async () => {
    const { code, stderr } = await isolates(['explain', 'ENOENT'])
    expect(code).toBe(2)
    expect(stderr).toContain('"ENOENT" is no code of this package')
    expect(stderr).toContain('\n  ERR_TIMEOUT\n')
  })
})
