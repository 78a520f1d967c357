// Renders pages with React in isolates, and for comparison in worker threads. Run: node examples/react.mjs
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Isolate } from 'isolates'

const root = fileURLToPath(new URL('..', import.meta.url))
const units = 2
const pages = 200

const page = `
  import { createElement as h } from 'react'
  import { renderToString } from 'react-dom/server'

  const Row = ({ item }) => h('li', { className: item.price > 50 ? 'dear' : 'cheap' }, item.name, ': ', item.price)
  const Page = ({ title, items }) => h('main', null, h('h1', null, title), h('ul', null, items.map((item) => h(Row, { key: item.id, item }))))

  export const render = (title, count) => {
    const items = Array.from({ length: count }, (_, id) => ({ id, name: 'Item ' + id, price: (id * 37) % 100 }))
    return renderToString(h(Page, { title, items }))
  }
`

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(2)} s`
const titles = Array.from({ length: pages }, (_, i) => `Page <${i}>`)

async function inIsolates() {
  const begin = performance.now()
  const isolates = Array.from(
    { length: units },
    () => new Isolate({ memoryLimit: 128, modules: { root, packages: true, sources: { page } } }),
  )
  const modules = await Promise.all(isolates.map((isolate) => isolate.import('page')))
  const ready = seconds(begin)
  const rendered = await Promise.all(titles.map((title, i) => modules[i % units].render(title, 100)))
  const done = seconds(begin)
  await Promise.all(isolates.map((isolate) => isolate.close()))
  return { rendered, ready, done }
}

async function inWorkers() {
  const begin = performance.now()
  const program = `${page}
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ([title, count]) => parentPort.postMessage(render(title, count)))
    parentPort.postMessage('ready')`
  const url = new URL(`data:text/javascript,${encodeURIComponent(resolved(program))}`)
  const workers = Array.from({ length: units }, () => new Worker(url, { env: { NODE_ENV: 'production' } }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const ready = seconds(begin)
  const answers = workers.map((worker) => collect(worker, pages / units))
  for (const [i, title] of titles.entries()) workers[i % units].postMessage([title, 100])
  const lists = await Promise.all(answers)
  const done = seconds(begin)
  await Promise.all(workers.map((worker) => worker.terminate()))
  return { rendered: titles.map((_, i) => lists[i % units][Math.floor(i / units)]), ready, done }
}

function collect(worker, count) {
  const list = []
  return new Promise((resolve) => {
    worker.on('message', (html) => {
      if (list.push(html) === count) resolve(list)
    })
  })
}

/** A data: URL has no place that a bare specifier could be looked for from. */
function resolved(program) {
  return program.replace(/from '(react[^']*)'/g, (_, name) => `from ${JSON.stringify(import.meta.resolve(name))}`)
}

const isolates = await inIsolates()
const workers = await inWorkers()
console.log(`isolates: ready after ${isolates.ready}, ${pages} pages after ${isolates.done}`)
console.log(`workers:  ready after ${workers.ready}, ${pages} pages after ${workers.done}`)
console.log(`the same pages: ${JSON.stringify(isolates.rendered) === JSON.stringify(workers.rendered)}`)
