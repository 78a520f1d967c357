import { execFile } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** A peer that has to be compiled takes a minute. */
const PATIENCE = 10 * 60_000

/** @param {string} folder */
async function loads(folder) {
  const { dependencies, config } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const script = Object.keys(dependencies)
    .map((name) => `require(${JSON.stringify(name)});`)
    .join('')
  try {
    // A peer that is a program of its own cannot be required.
    if (config?.program) await run(join(folder, config.program), ['--version'])
    else await run(process.execPath, ['--no-node-snapshot', '-e', script], { cwd: folder })
    return true
  } catch {
    return false
  }
}

/** The script of the npm that started this run, or else of the first one on the path. */
function npm() {
  const { npm_execpath: running, PATH = '' } = process.env
  if (running?.endsWith('npm-cli.js')) return running
  const found = PATH.split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .find((file) => existsSync(file))
  return found && realpathSync(found)
}

/** Compile with this node and, where they lie beside it, with its own headers instead of fetched ones. */
function environment() {
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include', 'node', 'node.h'))
  return {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    ...(headers ? { npm_config_nodedir: prefix, npm_config_build_from_source: 'true' } : {}),
  }
}

/**
 * Installs a peer on its first use, and again when the one there was made for another line of Node.
 *
 * @param {string} name a folder of `bench/peers`
 * @returns {Promise<string | undefined>} why it cannot be used
 */
export async function install(name) {
  const folder = fileURLToPath(new URL(`../peers/${name}/`, import.meta.url))
  if (await loads(folder)) return undefined
  const script = npm()
  if (!script) return 'it is not installed and there is no npm to install it with'
  try {
    await run(process.execPath, [script, 'ci', '--no-audit', '--no-fund'], {
      cwd: folder,
      env: environment(),
      timeout: PATIENCE,
      maxBuffer: Number.POSITIVE_INFINITY,
    })
  } catch (error) {
    const { stderr = '', message } = /** @type {Error & { stderr?: string }} */ (error)
    const line = stderr.split('\n').find((text) => text.startsWith('npm error'))
    return `it could not be installed: ${line ?? message}`
  }
  return (await loads(folder)) ? undefined : 'it is installed but does not load'
}
