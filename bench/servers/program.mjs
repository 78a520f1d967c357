// A server as a process of its own: node program.mjs <kind> <workers> <port>. It says `ready` when all workers are.
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { load } from '../drivers/package.mjs'
import listener from './listener.mjs'

const [kind, workers, port] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const host = '127.0.0.1'
const ready = () => console.log('ready')
/** @param {string} name */
const app = (name) => fileURLToPath(new URL(name, import.meta.url))

if (kind === 'bare' || kind === 'node') {
  const { serve } = await load()
  await serve({ module: app(kind === 'bare' ? './hello.mjs' : './listener.mjs'), runtime: kind, port, host, workers })
  ready()
} else if (kind === 'tenants') {
  const { serve } = await load()
  const source = "export default { fetch: (request) => new Response('Hello ' + new URL(request.url).pathname) }"
  const apps = Object.fromEntries(Array.from({ length: workers - 1 }, (_, index) => [`t${index}`, { source }]))
  const bad = { source: 'export default { fetch() { for (;;); } }' }
  await serve({ tenants: { by: 'path', apps: { ...apps, bad } }, port, host, onError: () => {} })
  ready()
} else if (kind === 'http') {
  createServer(listener).listen(port, host, ready)
} else if (kind === 'cluster' && cluster.isPrimary) {
  let left = workers
  cluster.on('listening', () => {
    left -= 1
    if (left === 0) ready()
  })
  for (let i = 0; i < workers; i += 1) cluster.fork()
} else if (kind === 'cluster') {
  createServer(listener).listen(port, host)
} else if (kind === 'threads' && isMainThread) {
  let left = workers
  for (let i = 0; i < workers; i += 1) {
    new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) }).on('message', () => {
      left -= 1
      if (left === 0) ready()
    })
  }
} else {
  const options = { port, host, reusePort: true }
  createServer(listener).listen(options, () => parentPort?.postMessage('listening'))
}
