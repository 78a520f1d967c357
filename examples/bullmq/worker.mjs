// Takes jobs from Redis and has them done in a pool. Any number of these may run, on any number of machines.
//   REDIS_PORT=6379 node examples/bullmq/worker.mjs
import { Worker } from 'bullmq'
import { Pool } from 'isolates'

const pool = new Pool({
  module: new URL('tasks.mjs', import.meta.url),
  memoryLimit: 64,
  timeout: 10_000,
  // A job whose isolate runs out of memory may be tried once more here; what fails then is up to the queue's `attempts`.
  retries: 1,
})

const worker = new Worker('primes', (job) => pool.run(job.name, [job.data]), {
  connection: { host: '127.0.0.1', port: Number(process.env['REDIS_PORT'] ?? 6379), maxRetriesPerRequest: null },
  // As many jobs as there are isolates, and some in line so that none of these waits for Redis.
  concurrency: 8,
  // The lock of a job is renewed while this process lives. When it dies, another finds the job stalled and does it.
  lockDuration: 2000,
  stalledInterval: 1000,
  maxStalledCount: 5,
})
worker.on('error', (error) => console.error(error.message))
await worker.waitUntilReady()
console.log('ready')

process.once('SIGTERM', async () => {
  // Jobs that were begun are finished.
  await worker.close()
  await pool.close()
})
