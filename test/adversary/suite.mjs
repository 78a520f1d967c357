// Runs hostile programs in child processes, and judges how they ended.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { limits, methods, themes } from './programs.mjs'

const child = fileURLToPath(new URL('child.mjs', import.meta.url))

/** A sanitizer makes everything slower, and keeps what was freed. */
const sanitized = process.env.ISOLATES_SANITIZER !== undefined

/**
 * How long a child may take for one program before it counts as hung: in time on a CPU where that is known, since on a busy machine it may get little of
 * that. A child that uses next to none hangs as well.
 */
const deadline = sanitized ? 180_000 : 60_000
const patience = 10 * deadline

/** Milliseconds that a process was on a CPU. Linux only; undefined elsewhere, and when it is gone. */
function cpuTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return undefined
  }
}

/** Every program under every limit and by every method that fits it. */
export function everything() {
  const all = []
  for (const [theme, programs] of Object.entries(themes)) {
    for (const [name, program] of Object.entries(programs)) {
      for (const limit of limits) {
        for (const method of program.methods ?? methods) all.push([theme, name, limit, method])
      }
    }
  }
  return all
}

/** These take seconds also on a machine with nothing else to do. */
const slow = new Set([
  'a billion elements',
  'a hundred million elements',
  'the sort of an empty giant',
  'the reverse of an empty giant',
  'arguments by apply',
  'split into more parts than an array can have',
  'a text of eight million numbers',
  'a text of a million objects',
  'a million brackets that are closed',
  'a tree that doubles',
  'a pattern of a million letters',
  'a string of half a gigabyte',
  'a message of half a gigabyte',
  'channels in channels',
  'a store of keys',
  'stores without number',
  'an overflow, a thousand times',
])

/** Every third program of a theme, once: with the smallest limit, by run and runSync in turns. */
export function slice(theme) {
  const quick = Object.entries(themes[theme]).filter(([name]) => !slow.has(name))
  const chosen = quick.filter((_, i) => i % 3 === 0)
  return chosen.map(([name, program], i) => {
    const fitting = program.methods ?? methods
    return [theme, name, limits[0], fitting[i % fitting.length]]
  })
}

/**
 * How much more a process may have resident while a guest goes over its limit, in bytes: the limit for the heap and
 * again for buffers, what V8 takes for a collection, and the head-room that docs/security.md tells of.
 */
export function ceiling(limit) {
  return (600 + 3 * limit) * 2 ** 20
}

/** Runs programs in one child; resolves to a list of what each came to, in order. A child that ends early leaves out the rest. */
export function runTogether(list, { env = {} } = {}) {
  const process_ = spawn(process.execPath, [child, JSON.stringify(list)], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let hung = false
  let timer
  let began
  let cpuBegan
  const isStuck = (cpuThen) => {
    const cpu = cpuTime(process_.pid)
    if (cpu === undefined || performance.now() - began > patience) return true
    return cpu - cpuBegan > deadline || cpu - cpuThen < deadline / 100
  }
  const look = (cpuThen) => {
    timer = setTimeout(() => {
      if (!isStuck(cpuThen)) return look(cpuTime(process_.pid))
      hung = true
      process_.kill('SIGKILL')
    }, deadline)
  }
  const rearm = () => {
    clearTimeout(timer)
    began = performance.now()
    cpuBegan = cpuTime(process_.pid) ?? 0
    look(cpuBegan)
  }
  rearm()
  process_.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    rearm()
  })
  process_.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  return new Promise((resolve) => {
    process_.on('close', (code, signal) => {
      clearTimeout(timer)
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
      resolve({ results: lines.map((line) => JSON.parse(line)), code, signal, hung, stderr })
    })
  })
}

/** What is wrong with how a program ended; undefined for nothing. */
export function verdict({ theme, name, limit, end, detail, unharmed, taken }) {
  const { ends, is, most } = themes[theme][name]
  if (!ends.includes(end)) return `ended with ${end} (${detail}), not with ${ends.join(' or ')}`
  if (end === 'value' && (is ?? undefined) !== undefined && detail !== is) return `gave ${detail}, not ${is}`
  if (!unharmed) return 'left harm behind'
  if (taken > (most === undefined ? ceiling(limit) : most * 2 ** 20) && !sanitized)
    return `took ${Math.round(taken / 2 ** 20)} MiB`
  return undefined
}

/**
 * Runs every program of the list, several to a child; one that takes its child along is run again by itself, with those
 * after it in another child. Resolves to rows with `problem`, undefined where all is well.
 */
export async function runAll(list, { together = 1, env, onRow = () => {} } = {}) {
  const rows = []
  let todo = [...list]
  while (todo.length > 0) {
    const group = todo.slice(0, together)
    const { results, code, signal, hung, stderr } = await runTogether(group, { env })
    const died = code !== 0 || signal !== null
    let done = results.length
    for (const [i, result] of results.entries()) {
      // Of a child that died after all was done it is not known which one did that.
      const last = died && i === group.length - 1
      if (last && group.length > 1) break
      const problem = last ? death(code, signal, hung, stderr) : verdict(result)
      const row = { ...result, problem }
      rows.push(row)
      onRow(row)
    }
    if (died && results.length === group.length && group.length > 1) {
      // Each by itself, to find it.
      for (let i = 0; i < group.length; i++) {
        const [row] = await runAll([group[i]], { env })
        if (i === group.length - 1 || row.problem !== undefined) {
          rows.push(row)
          onRow(row)
        }
      }
    } else if (results.length < group.length) {
      const [theme, name, limit, method] = group[done]
      const row = { theme, name, limit, method, end: 'death', problem: death(code, signal, hung, stderr) }
      rows.push(row)
      onRow(row)
      done++
    }
    todo = todo.slice(Math.max(done, results.length === group.length ? group.length : done))
  }
  return rows
}

function death(code, signal, hung, stderr) {
  const why = stderr.split('\n').filter((line) => /FATAL|Fatal|Check failed|isolates:|Error/.test(line))
  return `${hung ? 'HUNG' : 'DIED'} (${signal ?? code}) ${(why.length > 0 ? why : stderr.split('\n')).slice(0, 3).join(' | ').slice(0, 300)}`
}
