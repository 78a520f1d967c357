import { dirname, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { serve } from '../serve/index.js'
import type { ServeOptions } from '../serve/options.js'
import type { Server } from '../serve/server.js'
import { invalidUsage, type RunCommand } from './command.js'
import { watch } from './watch.js'

const usage = `Usage: npx isolates serve <module> [options]

  --port <number>          default: $PORT, or 3000
  --host <name>            default: all addresses
  --workers <number>       default: the number of cores
  --threads <number>       default: the number of cores
  --runtime <bare|node>    default: by what the module exports
  --env <name=value>       a string in the app's env; as often as you like
  --timeout <ms>           for each request; default: 30000 for bare apps
  --memory-limit <MiB>     for each worker
  --max-requests <number>  of a worker until it is replaced
  --no-fetch               bare apps have no fetch
  --access-log             a line for each request
  --watch                  reload when a .js, .ts or .json file beside or below the module changes
`

const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  workers: { type: 'string' },
  threads: { type: 'string' },
  runtime: { type: 'string' },
  env: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  'memory-limit': { type: 'string' },
  'max-requests': { type: 'string' },
  'no-fetch': { type: 'boolean' },
  'access-log': { type: 'boolean' },
  watch: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** Serves until a signal ends it. */
export const run: RunCommand = async (args) => {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    return invalidUsage((error as Error).message, usage)
  }
  const { values, positionals } = parsed
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const [module, ...more] = positionals
  if (module === undefined || more.length > 0) return invalidUsage('serve takes the path of one module', usage)
  const began = performance.now()
  let server: Server
  try {
    server = await serve(serveOptions(module, values))
  } catch (error) {
    const { code, message, stack } = error as Error & { code?: string }
    const isUsage = /^ERR_(INVALID|OUT_OF_RANGE)|^E[A-Z]+$/.test(code ?? '')
    process.stderr.write(`isolates serve: ${isUsage ? message : (stack ?? message)}\n`)
    return 1
  }
  const { workers } = await server.stats()
  const what = `${workers.length} ${server.runtime} ${workers.length === 1 ? 'worker' : 'workers'}`
  say(`${server.url} answers for ${relative('.', resolve(module))}: ${what}, ready after ${since(began)}`)
  const stop = values.watch ? watch(dirname(resolve(module)), (changed) => reload(server, changed)) : undefined
  await server.closed
  stop?.()
  say('closed')
  return 0
}

function parse(
  args: string[],
): ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: typeof options }>> {
  return parseArgs({ args, allowPositionals: true, options })
}

function serveOptions(module: string, values: ReturnType<typeof parse>['values']): ServeOptions {
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))
  const env = Object.fromEntries(
    (values.env ?? []).map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, process.env[pair] ?? ''] : [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
  const given = {
    module,
    port: number(values.port ?? process.env['PORT']),
    host: values.host,
    workers: number(values.workers),
    threads: number(values.threads),
    runtime: values.runtime as ServeOptions['runtime'],
    timeout: number(values.timeout),
    memoryLimit: number(values['memory-limit']),
    maxRequests: number(values['max-requests']),
    fetch: values['no-fetch'] ? false : undefined,
    env,
    signals: true,
    accessLog: values['access-log'] ? logRequest : undefined,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as ServeOptions
}

const logRequest: NonNullable<ServeOptions['accessLog']> = ({
  method,
  url,
  status,
  duration,
  worker,
  aborted,
  time,
}) => {
  const when = new Date(time).toISOString()
  say(`${when} ${method} ${url} ${aborted ? 'aborted' : status} ${duration.toFixed(1)} ms, worker ${worker}`)
}

async function reload(server: Server, changed: string): Promise<void> {
  const began = performance.now()
  try {
    await server.reload()
    say(`reloaded after ${since(began)}: ${changed} has changed`)
  } catch (error) {
    if (server.state !== 'ready') return
    process.stderr.write(`isolates serve: ${changed} has changed, and does not load; the workers before go on\n`)
    process.stderr.write(`${(error as Error).stack ?? error}\n`)
  }
}

function since(began: number): string {
  return `${Math.round(performance.now() - began)} ms`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
