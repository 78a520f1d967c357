import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { node, root } from './helpers/child.js'
import { answering } from './helpers/servers.js'
import { until } from './helpers/until.js'

const program = join(root, 'dist/cli/index.js')
let folder: string
let running: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isolates-'))
})

afterEach(() => {
  running?.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

interface Running {
  output(): string
  url(): string
  ended: Promise<unknown[]>
}

async function serving(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [program, 'serve', ...args, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running = child
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (piece) => {
      text += piece
    })
  }
  await until(() => text.includes('ready after'), 'the server')
  return { output: () => text, url: () => /http:\S+/.exec(text)?.[0] ?? '', ended: once(child, 'exit') }
}

describe('isolates serve', () => {
  it('serves until it is told to end, and says what it does', async () => {
    const module = join(folder, 'app.mjs')
    writeFileSync(module, answering("return new Response('Hello ' + env.WHO)"))
    const { url, output, ended } = await serving(module, '--workers', '3', '--env', 'WHO=Ada', '--access-log')
    expect(output()).toMatch(/^http:\/\/localhost:\d+ answers for .*app\.mjs: 3 bare workers, ready after \d+ ms\n$/)
    expect(await (await fetch(url())).text()).toBe('Hello Ada')
    await until(() => /GET \/ 200 [\d.]+ ms, worker \d\n/.test(output()), 'the log')
    running?.kill('SIGTERM')
    expect(await ended).toEqual([null, 'SIGTERM'])
  })

  it('reloads when a file changes, and keeps the old workers when that does not load', async () => {
    const module = join(folder, 'app.mjs')
    const part = join(folder, 'part.mjs')
    writeFileSync(part, "export const text = 'one'")
    writeFileSync(module, `import { text } from './part.mjs'\n${answering('return new Response(text)')}`)
    const { url, output } = await serving(module, '--watch')
    expect(await (await fetch(url())).text()).toBe('one')
    writeFileSync(part, "export const text = 'two'")
    await until(() => /reloaded after \d+ ms: part.mjs has changed/.test(output()), 'the reload')
    expect(await (await fetch(url())).text()).toBe('two')
    // Not a module: the output of the server may be redirected to such a file.
    writeFileSync(join(folder, 'log.txt'), 'a line')
    writeFileSync(part, "export const text = 'three'\nthrow new Error('half written')")
    await until(() => output().includes('half written'), 'the error')
    expect(output()).toContain('part.mjs has changed, and does not load; the workers before go on')
    expect(await (await fetch(url())).text()).toBe('two')
    expect(output()).not.toContain('log.txt')
  })

  it('says what is wrong with its arguments', async () => {
    const failed = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await node([program, 'serve', ...args])
      expect(code).not.toBe(0)
      return stderr
    }
    expect(await failed()).toMatch(/serve takes the path of one module\n\nUsage: npx isolates serve/)
    expect(await failed('app.mjs', '--prot', '1')).toMatch(/--prot/)
    expect(await failed('app.mjs', '--port', 'x')).toMatch(/options.port must be/)
    expect(await failed(join(folder, 'nowhere.mjs'))).toMatch(/options.module must be a file that exists/)
  })
})
