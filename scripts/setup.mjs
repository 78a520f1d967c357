// Makes a checkout ready to run, from whatever state it is in: packages, dist/ and the addon. Does only what is
// missing or out of date, and downloads nothing but the packages of the lock file.
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CommandError, fail, root, run, step, withLock } from './common.mjs'

const [major] = process.versions.node.split('.').map(Number)
if (major < 20) fail(`isolates needs Node 20 or newer; this is ${process.version}`)

function packagesAreCurrent() {
  const installed = join(root, 'node_modules/.package-lock.json')
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

async function installPackages() {
  if (packagesAreCurrent()) return 'up to date'
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error']
  const npm = process.env.npm_execpath ?? findNpm()
  // Inside a running npm, its own script; else the one beside this node, or whatever the PATH has.
  if (npm?.endsWith('.js')) await run(process.execPath, [npm, ...args])
  else await run('npm', args)
  return 'installed'
}

function findNpm() {
  const bin = dirname(process.execPath)
  const places = ['../lib/node_modules/npm/bin/npm-cli.js', 'node_modules/npm/bin/npm-cli.js']
  return places.map((place) => join(bin, place)).find((file) => existsSync(file))
}

try {
  await withLock('setup', async () => {
    await step('packages', installPackages)
    const { buildLib } = await import('./build-lib.mjs')
    const { buildAddon } = await import('./build-addon.mjs')
    await buildLib()
    await buildAddon()
  })
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
