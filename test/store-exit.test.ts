import { describe, expect, it } from 'vitest'
import { child } from './helpers/child.js'

const prelude = `
  const { Isolate, SharedStore, share } = require('isolates')
  const { Worker } = require('worker_threads')
  const store = new SharedStore('exit')
  const ignore = () => {}
`

// The moments of a store's life at which the process may end.
const stages: Record<string, string> = {
  'a store holds values': "store.set('key', { a: ['x'.repeat(1e5)] }); store.get('key')",
  'stores hold each other':
    "const other = new SharedStore(); store.set('other', { other }); other.set('store', [store])",
  'long strings of a store are in use':
    "globalThis.kept = [share('x'.repeat(1e6)), store.set('t', 'é'.repeat(1e5)).get('t')]",
  'a watch waits': "store.watch('key').next().catch(ignore)",
  'a watch waits in a guest':
    'globalThis.isolate = new Isolate(); isolate.run(\'store.set("ready", 1); store.watch("key").next()\', { globals: { store } }).catch(ignore); store.waitSync(\'ready\', undefined, { timeout: 10000 })',
  'a guest blocks':
    'new Isolate().run(\'store.set("ready", 1); store.waitSync("key")\', { globals: { store } }).catch(ignore); store.waitSync(\'ready\', undefined, { timeout: 10000 })',
  'guests read and write':
    'for (let i = 0; i < 2; i++) new Isolate().run(\'for (let i = 0; ; i++) { store.set("key", { i }); store.get("key"); store.add("n", 1) }\', { globals: { store } }).catch(ignore); store.waitSync(\'n\', (n) => n > 100, { timeout: 10000 })',
  'guests have strings of the store':
    "globalThis.isolate = new Isolate(); store.set('t', 'x'.repeat(1e6)); isolate.runSync('globalThis.t = store.get(\"t\"); 0', { globals: { store } })",
}

const ways: [name: string, source: string, code: number][] = [
  ['process.exit()', 'process.exit(3)', 3],
  ['an uncaught exception', "setImmediate(() => { throw new Error('boom') })", 1],
]

describe.each(ways)('%s', (_name, way, code) => {
  it.concurrent.each(Object.entries(stages))('when %s', async (_stage, source) => {
    const { stderr, ...ended } = await child(`${prelude}; ${source}; ${way}`)
    expect(stderr).toMatch(code === 1 ? /boom/ : /^$/)
    expect(stderr).not.toMatch(/Check failed|Fatal|FATAL|Assertion|terminate called/)
    expect(ended).toMatchObject({ code, signal: null })
  })
})

describe('the end of a worker thread', () => {
  it.concurrent.each(Object.entries(stages))('when %s', async (_stage, source) => {
    const work = `${prelude}; ${source}; require('worker_threads').parentPort.postMessage('ready'); setInterval(ignore, 1000)`
    const ended = await child(`${prelude}
      const worker = new Worker(${JSON.stringify(work)}, { eval: true })
      worker.once('message', () => worker.terminate())
      worker.on('exit', () => { store.set('key', 1); console.log(store.get('key')) })`)
    expect(ended).toEqual({ code: 0, signal: null, stdout: '1\n', stderr: '' })
  })
})

describe('the end of all work', () => {
  it.each([
    [
      'waits for a watch',
      "store.watch('key').next().then(({ value }) => console.log(value)); new Isolate().run('store.set(\"key\", 5)', { globals: { store } }).finally(() => {})",
      '5\n',
    ],
    [
      'does not wait for one of a store that is not held',
      "store.unref(); store.watch('key').next().then(console.log)",
      '',
    ],
    [
      'does not wait for a guest',
      'const isolate = new Isolate(); isolate.runSync(\'store.watch("key").next(); 0\', { globals: { store } })',
      '',
    ],
  ])('%s', async (_name, source, stdout) => {
    expect(await child(`${prelude}; ${source}`)).toEqual({ code: 0, signal: null, stdout, stderr: '' })
  })
})
