// What the scripts share. Node builtins only: setup.mjs runs before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const cache = join(root, '.cache')
export const jobs = Math.min(availableParallelism(), 8)

/** True when `url` is the script Node was started with. */
export function isMain(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === realpathSync(process.argv[1])
}

export function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** Runs `work` under one progress line; `work` may return a word that replaces "done". */
export async function step(name, work) {
  process.stdout.write(`${name} ... `)
  const start = performance.now()
  try {
    const word = (await work()) ?? 'done'
    process.stdout.write(`${word}, ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  } catch (error) {
    process.stdout.write('failed\n')
    throw error
  }
}

export class CommandError extends Error {}

/**
 * Runs a command; resolves to its output. `show` hands the output to the terminal as it comes; otherwise it is
 * part of the error of a command that fails. After `minutes` the command and all it has started are killed.
 */
export function run(command, args, { show = false, cwd = root, env = {}, allowFailure = false, minutes } = {}) {
  const merged = { ...process.env, ...env }
  for (const key of Object.keys(merged)) if (merged[key] === undefined) delete merged[key]
  return new Promise((resolve, reject) => {
    const stdio = show ? 'inherit' : ['ignore', 'pipe', 'pipe']
    // A group of its own, so that it can be ended as a whole.
    const child = spawn(command, args, { cwd, env: merged, stdio, detached: minutes !== undefined })
    const release = minutes === undefined ? () => {} : limit(child, minutes)
    let output = ''
    const take = (chunk) => {
      output += chunk
    }
    child.stdout?.setEncoding('utf8').on('data', take)
    child.stderr?.setEncoding('utf8').on('data', take)
    child.on('error', (error) => reject(new CommandError(`cannot run ${command}: ${error.message}`)))
    child.on('close', (code, signal) => {
      release()
      if (code === 0 || allowFailure) return resolve({ code, signal, output })
      const line = [command, ...args].join(' ')
      reject(new CommandError(`${output}\n${line}\nended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

/** Ends the group of `child` after `minutes`, or together with this process; returns what calls that off. */
function limit(child, minutes) {
  const end = () => {
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
  const timer = setTimeout(() => {
    process.stderr.write(`still running after ${minutes} minutes, killed\n`)
    end()
  }, minutes * 60_000)
  const interrupted = (signal) => {
    end()
    process.kill(process.pid, signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted)
  return () => {
    clearTimeout(timer)
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupted)
  }
}

/** Every file below `dirs` (repository-relative paths, sorted), `filter` deciding by path. */
export function listFiles(dirs, filter = () => true) {
  const found = []
  for (const dir of dirs) {
    if (!existsSync(join(root, dir))) continue
    for (const entry of readdirSync(join(root, dir), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/')
      if (filter(path)) found.push(path)
    }
  }
  return found.sort()
}

/** One digest over the names and contents of `files`, and over `extra`. */
export function digest(files, extra = '') {
  const hash = createHash('sha256').update(extra)
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** What `stamp(name, value)` wrote last, or an empty string. */
export function readStamp(name) {
  try {
    return readFileSync(join(cache, `${name}.stamp`), 'utf8')
  } catch {
    return ''
  }
}

export function stamp(name, value) {
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, `${name}.stamp`), value)
}

/** Runs `work` while no other script of this checkout holds the lock `name`; two builds in one tree break each other. */
export async function withLock(name, work) {
  mkdirSync(cache, { recursive: true })
  const file = join(cache, `${name}.lock`)
  for (;;) {
    try {
      const fd = openSync(file, 'wx')
      writeFileSync(fd, String(process.pid))
      closeSync(fd)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!holderLives(file)) rmSync(file, { force: true })
      else await sleep(200)
    }
  }
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function holderLives(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // Empty for an instant between creation and the write.
    if (pid > 0) process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
