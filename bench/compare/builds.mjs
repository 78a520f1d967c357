import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('../..', import.meta.url))

/**
 * A build of the package to be measured.
 *
 * @typedef {object} Build
 * @property {string} name
 * @property {NodeJS.ProcessEnv} environment in which a process of a benchmark finds it
 */

/**
 * Makes ready what was named: a folder with a checkout, a file with an addon (which is used with this checkout's `dist/`), or a commit,
 * which is built in `.cache/compare`.
 *
 * @param {string} text
 * @returns {Build}
 */
export function build(text) {
  const path = resolve(text)
  if (!existsSync(path)) return checkout(commit(text), text)
  if (statSync(path).isFile()) return { name: text, environment: { ISOLATES_ADDON: path } }
  if (!existsSync(join(path, 'scripts/build-addon.mjs'))) throw new RangeError(`${text} is no checkout of the package`)
  // This one was made ready by whoever started us.
  if (path === resolve(HERE)) return { name: 'this checkout', environment: {} }
  make(path)
  return { name: text, environment: at(path) }
}

/** An addon that this process was told to use is this checkout's. @param {string} folder */
const at = (folder) => ({ ISOLATES_BENCH_ROOT: folder, ISOLATES_ADDON: undefined })

/** @param {readonly string[]} args */
const git = (...args) =>
  execFileSync('git', args, { cwd: HERE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 30 })

/** @param {string} text */
function commit(text) {
  try {
    return git('rev-parse', '--verify', '--end-of-options', `${text}^{commit}`).trim()
  } catch {
    throw new RangeError(`'${text}' is neither a folder, nor a file, nor a commit`)
  }
}

/** @param {string} hash @param {string} text @returns {Build} */
function checkout(hash, text) {
  const folder = join(HERE, '.cache/compare', hash.slice(0, 12))
  if (!existsSync(join(folder, 'package.json'))) {
    mkdirSync(folder, { recursive: true })
    const files = execFileSync('git', ['archive', hash], { cwd: HERE, maxBuffer: 2 ** 30 })
    execFileSync('tar', ['-x', '-C', folder], { input: files })
  }
  const modules = join(folder, 'node_modules')
  const [own, theirs] = [HERE, folder].map((root) => readFileSync(join(root, 'package-lock.json'), 'utf8'))
  if (!existsSync(modules)) {
    if (own === theirs) symlinkSync(join(HERE, 'node_modules'), modules, 'dir')
    else run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], folder)
  }
  make(folder)
  return { name: `${text} (${hash.slice(0, 7)})`, environment: at(folder) }
}

/** Builds what is out of date, with the folder's own scripts and for the Node that runs this. @param {string} folder */
function make(folder) {
  const program = `
    const { buildLib } = await import('./scripts/build-lib.mjs')
    const { buildAddon } = await import('./scripts/build-addon.mjs')
    await buildLib()
    await buildAddon()`
  run(process.execPath, ['--input-type=module', '-e', program], folder)
}

/** @param {string} command @param {readonly string[]} args @param {string} cwd */
function run(command, args, cwd) {
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  } catch {
    throw new RangeError(`${cwd} could not be built`)
  }
}
