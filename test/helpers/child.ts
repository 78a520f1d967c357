import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { patience } from './until.js'

/** The package's root: there, and only by the package's own name, a child's `require('isolates')` finds the build. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface NodeOptions {
  env?: Record<string, string>
  cwd?: string
  /** Milliseconds after which the program counts as hung. */
  deadline?: number
  /** Its stdout is a file: what is written there is written, while a pipe loses what is in it at process.exit(). */
  toFile?: boolean
}

export interface ChildOptions extends NodeOptions {
  /** Flags for node, before the program. */
  flags?: string[]
  /** The text is an ES module, not CommonJS. */
  module?: boolean
}

/** Runs `source` as a program of the node that runs the tests; fails when it does not end in time. */
export function child(source: string, { flags = [], module = false, ...rest }: ChildOptions = {}): Promise<Ended> {
  return node([...flags, ...(module ? ['--input-type=module'] : []), '-e', source], rest)
}

/** Runs node with `args`. */
export async function node(args: string[], options: NodeOptions = {}): Promise<Ended> {
  if (!options.toFile) return await spawned(args, options, 'pipe')
  const folder = mkdtempSync(join(tmpdir(), 'isolates-'))
  const file = openSync(join(folder, 'stdout'), 'w')
  try {
    return { ...(await spawned(args, options, file)), stdout: readFileSync(join(folder, 'stdout'), 'utf8') }
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true })
  }
}

function spawned(args: string[], options: NodeOptions, stdout: 'pipe' | number): Promise<Ended> {
  const { env, cwd = root, deadline = 2 * patience } = options
  // The test runner's own settings would change what the child prints.
  const { NODE_OPTIONS: _options, FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env
  return new Promise((resolve, reject) => {
    const program = spawn(process.execPath, args, {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['ignore', stdout, 'pipe'],
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      program[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
      })
    }
    const timer = setTimeout(() => {
      program.kill('SIGKILL')
      reject(new Error(`still running after ${deadline} ms\nstdout: ${output.stdout}\nstderr: ${output.stderr}`))
    }, deadline)
    program.on('error', reject)
    program.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, ...output })
    })
  })
}

/** Runs `source`, which must end well and print one line of JSON: that is the result. */
export async function report<T>(source: string, options?: ChildOptions): Promise<T> {
  const { code, signal, stdout, stderr } = await child(source, options)
  if (code !== 0 || stderr !== '') {
    throw new Error(`exit code ${code}, signal ${signal}\nstdout: ${stdout}\nstderr: ${stderr}`)
  }
  return JSON.parse(stdout) as T
}
