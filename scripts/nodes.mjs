// The Node lines this package supports, and their binaries from npm, each of which carries its headers.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, fail, run, step } from './common.mjs'

export const supported = [20, 22, 24, 26]
const nodes = join(cache, 'nodes')

/** The binary of a line that `installNodes` has installed. */
export function binaryOf(line) {
  const folder = join(nodes, `node_modules/n${line}/bin`)
  return join(folder, process.platform === 'win32' ? 'node.exe' : 'node')
}

/** The lines that a command's arguments name; all supported ones when they name none. */
export function linesOf(args) {
  const lines = args.filter((arg) => !arg.startsWith('-')).map(Number)
  const unknown = lines.filter((line) => !supported.includes(line))
  if (unknown.length > 0) fail(`no supported Node line: ${unknown.join(', ')}; there are ${supported.join(', ')}`)
  return lines.length > 0 ? lines : supported
}

/** Installs the binaries of `lines` that are not there. */
export function installNodes(lines) {
  return step('Node binaries', async () => {
    const missing = lines.filter((line) => !existsSync(binaryOf(line)))
    if (missing.length === 0) return 'up to date'
    mkdirSync(nodes, { recursive: true })
    if (!existsSync(join(nodes, 'package.json'))) writeFileSync(join(nodes, 'package.json'), '{ "private": true }\n')
    const platform = process.platform === 'win32' ? 'win' : process.platform
    const specs = missing.map((line) => `n${line}@npm:node-${platform}-${process.arch}@${line}`)
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...specs]
    // On Windows npm is a batch file, which only a shell runs.
    if (process.platform === 'win32') await run('cmd.exe', ['/c', 'npm', ...args], { cwd: nodes })
    else await run('npm', args, { cwd: nodes })
    return 'installed'
  })
}
