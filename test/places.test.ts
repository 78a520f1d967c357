import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ended, node, root } from './helpers/child.js'

// A project of its own, which has this package and the test runners among its modules.
let project = ''

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'isolates-'))
  mkdirSync(join(project, 'node_modules'))
  for (const name of ['vitest', 'jest', 'node-gyp-build'])
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name), 'dir')
  // Copied, not linked: runners treat what stands outside of node_modules as the project's own source.
  const copy = join(project, 'node_modules/isolates')
  for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true })
  mkdirSync(join(copy, 'build/Release'), { recursive: true })
  symlinkSync(
    process.env['ISOLATES_ADDON'] ?? join(root, 'build/Release/isolates.node'),
    join(copy, 'build/Release/isolates.node'),
  )
  writeFileSync(join(project, 'package.json'), '{}')
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

const run = (args: string[]): Promise<Ended> => node(args, { cwd: project, deadline: 60_000 })

/** The same three tests in the words of each runner: values, errors of this package, and an isolate left open. */
const tests = `
test('values cross', async () => {
  const isolate = new Isolate({ expose: { double: async (n) => n * 2 } })
  expect(await isolate.run('await double(21)')).toBe(42)
  const copy = await isolate.call((value) => value, [{ list: [1, new Map([['a', new Date(0)]])] }])
  expect([copy.list[0], copy.list[1].get('a').getTime()]).toEqual([1, 0])
  expect([...isolate.runSync('new Uint8Array([1, 2])')]).toEqual([1, 2])
  await isolate.close()
})
test('errors are errors', async () => {
  const isolate = new Isolate()
  await expect(isolate.run('null.x')).rejects.toThrow('Cannot read properties of null')
  await expect(isolate.run('for (;;);', { timeout: 10 })).rejects.toThrow(TimeoutError)
  expect(() => new Isolate({ memorylimit: 5 })).toThrow('memorylimit')
  await isolate.close()
})
test('channels and stores', async () => {
  const channel = new Channel(), store = new SharedStore()
  store.set('table', { rows: [1, 2, 3] })
  const isolate = new Isolate({ globals: { channel, store } })
  const sent = isolate.run("await channel.send(store.get('table').rows)")
  expect(await channel.receive()).toEqual([1, 2, 3])
  await sent
})
`
const names = 'Channel, Isolate, SharedStore, TimeoutError'

describe('the package works in', () => {
  it.each(['forks', 'threads', 'vmThreads', 'vmForks'])('vitest with its pool %s', async (pool) => {
    for (const file of [1, 2])
      writeFileSync(
        join(project, `pool${file}.test.mjs`),
        `import { expect, test } from 'vitest'\nimport { ${names} } from 'isolates'\n${tests}`,
      )
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const { code, stdout, stderr } = await run([
      vitest,
      'run',
      '--root',
      project,
      `--pool=${pool}`,
      '--reporter=json',
      'pool',
    ])
    expect(JSON.parse(stdout || stderr)).toMatchObject({ numPassedTests: 6, numFailedTests: 0 })
    expect(code, stderr).toBe(0)
  })

  it('jest', async () => {
    for (const file of [1, 2])
      writeFileSync(join(project, `jest${file}.spec.cjs`), `const { ${names} } = require('isolates')\n${tests}`)
    writeFileSync(
      join(project, 'jest.config.cjs'),
      "module.exports = { testMatch: ['**/*.spec.cjs'], haste: { enableSymlinks: false } }",
    )
    const { code, stdout, stderr } = await run([
      join(root, 'node_modules/jest/bin/jest.js'),
      '--json',
      '--rootDir',
      project,
    ])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 6, numFailedTests: 0 })
  })

  it('node --test', async () => {
    const file = join(project, 'runner.mjs')
    writeFileSync(
      file,
      `import assert from 'node:assert/strict'
      import { test } from 'node:test'
      import { Isolate, TimeoutError } from 'isolates'
      test('values', async () => {
        const isolate = new Isolate()
        assert.deepEqual(await isolate.call((value) => value, [{ list: [1, new Map()] }]), { list: [1, new Map()] })
        await assert.rejects(isolate.run('for (;;);', { timeout: 10 }), TimeoutError)
      })`,
    )
    const { code, stdout } = await run(['--test', '--test-reporter=tap', file])
    expect(stdout).toContain('# pass 1\n')
    expect(code).toBe(0)
  })

  it('the children of a cluster, which are ended by a signal as pm2 does', async () => {
    const file = join(project, 'cluster.cjs')
    writeFileSync(
      file,
      `const cluster = require('node:cluster')
      const { Isolate } = require('isolates')
      if (cluster.isPrimary) {
        const ended = [0, 1].map(() => new Promise((resolve) => {
          const child = cluster.fork()
          child.on('message', (message) => child.process.kill(message === 42 ? 'SIGINT' : 'SIGKILL'))
          child.on('exit', (code, signal) => resolve([code, signal]))
        }))
        Promise.all(ended).then((all) => console.log(JSON.stringify(all)))
      } else {
        const isolate = new Isolate()
        const busy = new Isolate()
        busy.run('for (;;);').catch(() => {})
        process.on('SIGINT', async () => {
          busy.terminate()
          await isolate.close()
          process.exit(3)
        })
        isolate.run('6 * 7').then((value) => process.send(value))
      }`,
    )
    expect(await run([file])).toEqual({ code: 0, signal: null, stdout: '[[3,null],[3,null]]\n', stderr: '' })
  })

  it('a forked child that its parent leaves alone', async () => {
    const file = join(project, 'fork.cjs')
    writeFileSync(
      file,
      `if (process.send === undefined) {
        const child = require('node:child_process').fork(__filename)
        child.on('message', (value) => child.disconnect())
        child.on('exit', (code, signal) => console.log(JSON.stringify([code, signal])))
      } else {
        const { Isolate } = require('isolates')
        new Isolate().run('6 * 7').then((value) => process.send(value))
      }`,
    )
    expect((await run([file])).stdout).toBe('[0,null]\n')
  })
})
