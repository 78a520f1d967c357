// Starts a Redis of its own and two processes that do jobs, kills one of them in the midst of its work, starts another, and sees
// to it that no job is lost.
//   node examples/bullmq/run.mjs
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Queue, QueueEvents } from 'bullmq'

const JOBS = 40
const LIMIT = 60_000
const PRIMES = 6057

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const folder = mkdtempSync(join(tmpdir(), 'isolates-redis-'))
const port = await freePort()
const redis = spawn(
  'redis-server',
  ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
  { stdio: 'ignore' },
)
redis.once('error', (error) => {
  console.error(`redis-server cannot be started: ${error.message}`)
  process.exit(1)
})

/** Starts a process that does jobs; resolves when it is ready for them. */
async function startWorker() {
  const worker = spawn(process.execPath, [fileURLToPath(new URL('worker.mjs', import.meta.url))], {
    env: { ...process.env, REDIS_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([once(worker.stdout, 'data'), once(worker, 'exit').then(() => Promise.reject(new Error('exit')))])
  return worker
}

const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null }
const queue = new Queue('primes', { connection })
const events = new QueueEvents('primes', { connection })
const workers = []
try {
  await queue.waitUntilReady()
  await events.waitUntilReady()
  const completed = new Map()
  const failed = []
  events.on('completed', ({ jobId, returnvalue }) => completed.set(jobId, returnvalue))
  events.on('failed', ({ jobId, failedReason }) => failed.push(`${jobId}: ${failedReason}`))

  workers.push(await startWorker(), await startWorker())
  await queue.addBulk(Array.from({ length: JOBS }, () => ({ name: 'countPrimes', data: LIMIT })))
  console.log(`${JOBS} jobs for 2 processes`)

  // The first that takes jobs dies with them in hand.
  while ((await queue.getActiveCount()) === 0) await sleep(1)
  const [victim] = workers
  victim.kill('SIGKILL')
  await once(victim, 'exit')
  console.log(`killed one with ${completed.size} jobs done`)
  workers[0] = await startWorker()

  while (completed.size + failed.length < JOBS) await sleep(20)
  const wrong = [...completed.values()].filter((value) => Number(value) !== PRIMES)
  if (failed.length > 0 || wrong.length > 0) throw new Error(`failed: ${failed}, wrong: ${wrong}`)
  console.log(`all ${completed.size} jobs done, none lost`)
  for (const worker of workers) worker.kill('SIGTERM')
  await Promise.all(workers.map((worker) => worker.exitCode ?? once(worker, 'exit')))
} finally {
  for (const worker of workers) worker.kill('SIGKILL')
  await queue.close()
  await events.close()
  redis.kill('SIGTERM')
  await once(redis, 'exit')
  rmSync(folder, { recursive: true, force: true })
}
