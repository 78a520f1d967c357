import { execFileSync } from 'node:child_process'
import { usage } from '../measure/memory.mjs'

const CONNECTIONS = 64

/** Requests a second that a server answers. @param {string} url @param {number} seconds */
async function load(url, seconds) {
  if (hasWrk()) {
    const { spawn } = await import('node:child_process')
    const wrk = spawn('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}`, url], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    for await (const piece of wrk.stdout) text += piece
    if (/Non-2xx|Socket errors/.test(text)) throw new Error(`the server fails under load:\n${text}`)
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1])
  }
  const { default: autocannon } = await import('autocannon')
  const { requests, errors, non2xx } = await autocannon({ url, connections: CONNECTIONS, duration: seconds })
  if (errors + non2xx > 0) throw new Error(`the server fails under load: ${errors} errors, ${non2xx} refusals`)
  return requests.average
}

function hasWrk() {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' })
    return true
  } catch (error) {
    // It ends with 1 when asked for its version.
    return /** @type {{ status?: number }} */ (error).status === 1
  }
}

const OWN =
  'Its HTTP, its `Request` and its `Response` are native code; ours makes the latter two in JavaScript, in an isolate that each request enters.'
const NATIVE = 'Its HTTP is native code from end to end; `serve-node` runs Node and its `http`.'
const BARE =
  'It calls the app on the heap that has parsed the request; ours enters an isolate for each, and makes a `Request` and a `Response` there.'
/** @type {Readonly<Record<string, string>>} */
const why = {
  bun: OWN,
  workerd: OWN,
  'serve-node/bun': NATIVE,
  'serve-node/workerd': NATIVE,
  http: BARE,
  cluster: BARE,
  'reuse-port': BARE,
}
const SINGLE = 'It is one process with one thread: there are no workers to start.'

/** Of workers. */
const COUNTS = /** @type {const} */ ([
  ['two', 2],
  ['four', 4],
  ['ten', 10],
])

/** @param {string} name @param {string} title @param {string} path @param {number} [quickRounds] @returns {import('../types.d.ts').Case} */
const throughput = (name, title, path, quickRounds = 1) => ({
  name,
  title,
  needs: 'serve',
  why,
  metrics: {
    two: { label: '2 workers', unit: 'per second' },
    four: { label: '4 workers', unit: 'per second' },
    ten: { label: '10 workers', unit: 'per second' },
  },
  rounds: { full: 2, quick: quickRounds },
  async run(field, { quick }) {
    /** @type {Record<string, number[]>} */
    const samples = {}
    for (const [metric, workers] of quick ? COUNTS.slice(0, 1) : COUNTS) {
      const server = await /** @type {NonNullable<typeof field.serve>} */ (field.serve)(workers)
      if (!quick) await load(server.url + path, 1)
      samples[metric] = [await load(server.url + path, quick ? 1 : 2)]
      await server.close()
    }
    return samples
  },
})

export const serverHello = throughput('server-hello', `A text to ${CONNECTIONS} connections`, '/')
export const serverJson = throughput('server-json', `1.4 KB of JSON to ${CONNECTIONS} connections`, '/json', 0)

/** @type {import('../types.d.ts').Case} */
export const serverStart = {
  name: 'server-start',
  title: 'A server of 10 workers: launch to first answer, and its memory once all have answered',
  needs: 'serve',
  why: {
    bun: 'Its processes have no Node in them, which is most of what a server of ours starts and holds.',
    workerd: 'It is one process with one thread and one isolate, without Node, whatever the number of workers.',
    http: SINGLE,
    'serve-node/bun': 'Its processes have no Node in them.',
    'serve-node/workerd':
      'It is one process with one thread and one isolate, without Node, whatever the number of workers.',
    'serve-node/http': SINGLE,
  },
  metrics: {
    first: { label: 'first answer', unit: 'seconds' },
    memory: { label: 'proportional set', unit: 'bytes' },
  },
  rounds: { full: 3, quick: 0 },
  async run(field) {
    const server = await /** @type {NonNullable<typeof field.serve>} */ (field.serve)(10)
    await load(server.url, 1)
    const own = await usage([])
    const all = await usage(server.pids())
    await server.close()
    return { first: [server.first], memory: [all.proportional - own.proportional] }
  },
}
