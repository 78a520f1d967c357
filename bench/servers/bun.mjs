// The app of hello.mjs on Bun: bun bun.mjs <workers> <port>. It says `ready` when all workers are.
import app from './hello.mjs'

const [workers, port] = [Number(process.argv[2]), Number(process.argv[3])]

if (process.send) {
  Bun.serve({ port, hostname: '127.0.0.1', reusePort: true, fetch: app.fetch })
  process.send('listening')
} else {
  let left = workers
  const ipc = () => {
    left -= 1
    if (left === 0) console.log('ready')
  }
  for (let i = 0; i < workers; i += 1) {
    Bun.spawn({ cmd: [process.execPath, ...process.argv.slice(1)], stdio: ['ignore', 'ignore', 'inherit'], ipc })
  }
}
