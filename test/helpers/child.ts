import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { patience } from './until.js'

/** The package's root: there, and only by the package's own name, a child's `require('isolates')` and `import` find the build. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface ChildOptions {
  /** Flags for node, before the program. */
  flags?: string[]
  /** The text is an ES module, not CommonJS. */
  module?: boolean
  env?: Record<string, string>
  cwd?: string
  /** Milliseconds after which the child counts as hung. */
  deadline?: number
}

/** Runs `source` as a program of the node that runs the tests; fails when it does not end in time. */
export function child(source: string, { flags = [], module = false, ...rest }: ChildOptions = {}): Promise<Ended> {
  return node([...flags, ...(module ? ['--input-type=module'] : []), '-e', source], rest)
}

/** Runs node with `args`. */
export function node(
  args: string[],
  { env, cwd = root, deadline = 2 * patience }: Omit<ChildOptions, 'flags' | 'module'> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // The test runner's own settings would change what the child prints.
    const { NODE_OPTIONS: _options, FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env
    const program = spawn(process.execPath, args, {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      program[name].setEncoding('utf8').on('data', (text: string) => {
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
  if (code !== 0 || stderr !== '')
    throw new Error(`exit code ${code}, signal ${signal}\nstdout: ${stdout}\nstderr: ${stderr}`)
  return JSON.parse(stdout) as T
}
