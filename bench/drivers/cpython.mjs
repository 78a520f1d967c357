import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SCRIPT = fileURLToPath(new URL('cpython.py', import.meta.url))
/** Newest first; from 3.12 on each sub-interpreter has a lock of its own. */
const NAMES = ['python3.15', 'python3.14', 'python3.13', 'python3.12', 'python3']

/** @param {string} name @returns {string} */
function versionOf(name) {
  try {
    const text = execFileSync(name, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return /^Python (\S+)/.exec(text)?.[1] ?? ''
  } catch {
    return ''
  }
}

/** @type {{ name: string, version: string } | undefined} */
let python

/** Looked for when asked: every process of a run imports this file. */
function find() {
  python ??= NAMES.map((name) => ({ name, version: versionOf(name) })).find(
    ({ version }) => Number(version.split('.')[1] ?? 0) >= 12,
  )
  return python
}

/**
 * @param {'threads' | 'interpreters' | 'processes'} kind
 * @returns {import('../types.d.ts').Driver}
 */
const driverOf = (kind) => ({
  name: `cpython-${kind}`,
  provides: ['lives'],
  missing: () => (find() ? undefined : 'there is no Python 3.12 or newer on the PATH'),
  version: () => find()?.version ?? '',
  open: async () => ({
    start() {
      throw new Error('Its units live in a process of their own')
    },
    async lives(count, quick) {
      const { stdout } = await promisify(execFile)(find()?.name ?? '', [
        SCRIPT,
        kind,
        `${count}`,
        quick ? 'quick' : 'full',
      ])
      return JSON.parse(stdout)
    },
  }),
})

/** @type {readonly import('../types.d.ts').Driver[]} */
export const cpython = [driverOf('threads'), driverOf('interpreters'), driverOf('processes')]
