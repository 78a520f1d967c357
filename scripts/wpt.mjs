// `npm run test:wpt -- <checkout> [folder or file ...]`: runs the files of a checkout of web-platform-tests that are for
// every kind of global (`*.any.js`), each in an isolate of its own, and counts what passes. Such a checkout is not part of
// this repository. `--details <file>` writes down which tests fail, and why.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fail } from './common.mjs'

/** What of the platform guests have. */
const FOLDERS = [
  'compression',
  'console',
  'dom/abort',
  'dom/events',
  'encoding',
  // What needs no server of its own.
  'fetch/api/body',
  'fetch/api/headers',
  'fetch/api/request',
  'fetch/api/response',
  'FileAPI',
  'hr-time',
  'html/webappapis',
  'streams',
  'url',
  'urlpattern',
  'webmessaging',
  'WebCryptoAPI',
  'wasm/jsapi',
  'xhr/formdata',
]
/** Names that the server of web-platform-tests has for other files. */
const ALIASES = { 'resources/WebIDLParser.js': 'resources/webidl2/lib/webidl2.js' }
const ORIGIN = 'http://web-platform.test'
/** A file that takes longer hangs; in milliseconds. */
const PATIENCE = 300_000

const { values, positionals } = parseArgs({ allowPositionals: true, options: { details: { type: 'string' } } })
const [checkout, ...wanted] = positionals
const harness = join(checkout ?? '', 'resources/testharness.js')
if (checkout === undefined || !existsSync(harness)) {
  fail('usage: npm run test:wpt -- <checkout of web-platform-tests> [folder or file ...] [--details <file>]')
}
const { Isolate } = await import('../dist/index.mjs')

function testFiles(path) {
  const full = join(checkout, path)
  if (!existsSync(full)) return []
  if (statSync(full).isFile()) return [path]
  return readdirSync(full, { recursive: true })
    .filter((name) => name.endsWith('.any.js'))
    .map((name) => posix.join(path, name.replaceAll('\\', '/')))
    .sort()
}

/** The texts that a test needs before its own, as its `// META: script=` lines say. */
function scriptsOf(path, source) {
  const names = [...source.matchAll(/^\/\/ META: script=(.+)$/gm)].map(([, name]) => name.trim())
  return names.map((name) => {
    const at = name.startsWith('/') ? name.slice(1) : posix.join(posix.dirname(path), name)
    return readFileSync(join(checkout, ALIASES[at] ?? at), 'utf8')
  })
}

function serveFile(request) {
  const file = resolve(join(checkout, decodeURIComponent(new URL(request.url).pathname)))
  if (!file.startsWith(resolve(checkout)) || !existsSync(file)) return new Response('', { status: 404 })
  return new Response(readFileSync(file))
}

// The harness takes a global without `location` for a shell, so that comes after it. A shell's tests are complete once they are
// loaded and done: all must be one script.
const before = `
globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false }
globalThis.finished = new Promise((done) => {
  add_completion_callback((tests, status) =>
    done({
      status: status.status,
      message: status.message,
      tests: tests.map(({ name, status, message }) => ({ name, status, message })),
    }))
})`
const after = (path) => `
globalThis.location = new URL(${JSON.stringify(`${ORIGIN}/${path}`)})
{
  const { fetch } = globalThis
  globalThis.fetch = (resource, init) =>
    fetch(typeof resource === 'string' ? new URL(resource, location) : resource, init)
}`

function programOf(path) {
  const source = readFileSync(join(checkout, path), 'utf8')
  const parts = [readFileSync(harness, 'utf8'), before, after(path), ...scriptsOf(path, source), source]
  return `${parts.join('\n;\n')}\n;undefined`
}

async function runFile(path) {
  const isolate = new Isolate({ name: path, fetch: serveFile, console: 'ignore', memoryLimit: 512 })
  isolate.on('error', () => {})
  try {
    await isolate.run(programOf(path), { filename: path, timeout: PATIENCE })
    return await isolate.run('finished', { timeout: PATIENCE })
  } catch (error) {
    return { status: 1, message: String(error?.message ?? error), tests: [] }
  } finally {
    isolate.terminate()
  }
}

const rows = []
const failures = []
for (const folder of wanted.length > 0 ? wanted : FOLDERS) {
  const files = testFiles(folder)
  if (files.length === 0) continue
  const row = { folder, files: files.length, broken: 0, passed: 0, failed: 0 }
  rows.push(row)
  for (const [index, path] of files.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${folder} ${index + 1}/${files.length}`)
    const { status, message, tests } = await runFile(path)
    if (status !== 0) {
      row.broken += 1
      failures.push(`${path}: ${message}`)
    }
    for (const test of tests) {
      row[test.status === 0 ? 'passed' : 'failed'] += 1
      if (test.status !== 0) failures.push(`${path}: ${test.name}: ${test.message}`)
    }
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
console.table(rows)
if (values.details !== undefined) writeFileSync(resolve(values.details), `${failures.join('\n')}\n`)
