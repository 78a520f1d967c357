// A web server that runs the snippets it is sent, each in an isolate of its own, and answers with what became of them.
//   node examples/untrusted-http.mjs          tries itself out and ends
//   node examples/untrusted-http.mjs 3000     serves: curl -d 'console.log("hi"); 6 * 7' localhost:3000
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { evaluateSettled, prewarm } from 'isolates'

const limits = { memoryLimit: 32, timeout: 200, maxOutput: 10_000, maxIsolates: 0 }
const LONGEST_CODE = 100_000

await prewarm(4, { memoryLimit: limits.memoryLimit })

const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  if (request.method !== 'POST') return answer(405, { error: 'POST a piece of JavaScript' })
  if (Number(request.headers['content-length'] ?? Infinity) > LONGEST_CODE) return answer(413, { error: 'Too long' })
  // Whoever goes away stops the code.
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const { status, value, reason, output, stats } = await evaluateSettled(await text(request), {
    ...limits,
    signal: gone.signal,
    filename: 'snippet.js',
  })
  if (response.destroyed) return
  const printed = output.map(({ text }) => text)
  if (status === 'fulfilled') answer(200, { value, output: printed, cpuMs: stats.cpuMs })
  else answer(422, { error: `${reason?.name}: ${reason?.message}`, output: printed, cpuMs: stats.cpuMs })
})

const [port] = process.argv.slice(2)
server.listen(Number(port ?? 0), async () => {
  const { port: chosen } = server.address()
  console.log(`listening on http://localhost:${chosen}`)
  if (port !== undefined) return
  await tryOut(`http://localhost:${chosen}`)
  server.close()
  server.closeAllConnections()
})

async function tryOut(url) {
  const post = async (code) => {
    const response = await fetch(url, { method: 'POST', body: code })
    return { status: response.status, ...(await response.json()) }
  }
  const expectations = [
    ['6 * 7', { status: 200, value: 42 }],
    ['console.log("hi"); await Promise.resolve([1, 2])', { status: 200, output: ['hi'] }],
    ['null.x', { status: 422, error: "TypeError: Cannot read properties of null (reading 'x')" }],
    ['for (;;);', { status: 422 }],
    ['const list = []; for (;;) list.push({ a: 1 })', { status: 422 }],
    ['typeof process + typeof require + typeof fetch', { status: 200, value: 'undefinedundefinedundefined' }],
  ]
  for (const [code, expected] of expectations) {
    const result = await post(code)
    console.log(`${code.padEnd(50)} ${JSON.stringify(result)}`)
    for (const [key, value] of Object.entries(expected)) {
      if (JSON.stringify(result[key]) !== JSON.stringify(value)) throw new Error(`${key} should be ${value}`)
    }
  }
  const results = await Promise.all(Array.from({ length: 50 }, (_, index) => post(`${index} * 2`)))
  if (results.some(({ value }, index) => value !== index * 2)) throw new Error('A result is wrong')
  console.log(`${results.length} at once, each in an isolate of its own`)
}
