// Builds the addon with node-gyp where native sources, binding.gyp or the Node it is for have changed.
//   node scripts/build-addon.mjs           into build/Release
//   node scripts/build-addon.mjs --asan    into .cache/addon/asan, with AddressSanitizer and UndefinedBehaviorSanitizer
//   node scripts/build-addon.mjs --tsan    into .cache/addon/tsan, with ThreadSanitizer
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  CommandError,
  cache,
  digest,
  fail,
  isMain,
  jobs,
  listFiles,
  readStamp,
  root,
  run,
  stamp,
  step,
  withLock,
} from './common.mjs'
import { describeNode, headerEnvironment } from './headers.mjs'

const sanitizers = { asan: 'AddressSanitizer', tsan: 'ThreadSanitizer' }

/**
 * Builds for `node`, in the checkout itself or in a directory of its own, as it is or with a `sanitizer` ('asan',
 * 'tsan'); resolves to the addon's path.
 */
export async function buildAddon({ node = process.execPath, dir = root, sanitizer } = {}) {
  const target = describeNode(node)
  const addon = join(dir, 'build/Release/isolates.node')
  const name = dir === root ? 'addon' : `addon-${basename(dir)}`
  await withLock(name, () =>
    step(`addon for Node ${target.version}${sanitizer ? ` with ${sanitizers[sanitizer]}` : ''}`, () =>
      build({ target, dir, sanitizer, addon, name }),
    ),
  )
  return addon
}

async function build({ target, dir, sanitizer = 'none', addon, name }) {
  const sources = listFiles(['native'])
  // Objects of another Node or another node-addon-api are useless, and make does not see system headers change.
  const ground = digest(['node_modules/node-addon-api/package.json'], `${target.version} ${target.prefix} ${sanitizer}`)
  const content = digest(['binding.gyp', ...sources])
  const last = readStamp(name)
  if (last === `${ground} ${content}` && existsSync(addon)) return 'up to date'
  if (dir !== root) linkSources(dir)

  const commands = last.startsWith(ground) ? ['configure', 'build'] : ['rebuild']
  const gyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js')
  const args = [gyp, '-C', dir, ...commands, '--jobs', String(jobs), '--loglevel', 'warn']
  if (target.prefix !== undefined) args.push('--nodedir', target.prefix)
  const { output } = await run(target.binary, args, {
    cwd: dir,
    env: { ...headerEnvironment(target.prefix), GYP_DEFINES: `isolates_sanitizer=${sanitizer}` },
  })
  stamp(name, `${ground} ${content}`)

  const warnings = output.split('\n').filter((line) => /\bwarning( [A-Z]\d+)?:/.test(line))
  if (warnings.length > 0) process.stdout.write(`\n${warnings.join('\n')}\n`)
  return warnings.length > 0 ? `built with ${warnings.length} warnings` : 'built'
}

/** node-gyp always writes to ./build; a second build needs a second directory with the same sources in it. */
export function linkSources(dir) {
  mkdirSync(dir, { recursive: true })
  for (const entry of ['native', 'binding.gyp']) {
    if (!existsSync(join(dir, entry))) symlinkSync(join(root, entry), join(dir, entry))
  }
}

export function addonDirectory(name) {
  return join(cache, 'addon', name)
}

if (isMain(import.meta.url)) {
  const sanitizer = Object.keys(sanitizers).find((name) => process.argv.includes(`--${name}`))
  try {
    await buildAddon(sanitizer === undefined ? {} : { sanitizer, dir: addonDirectory(sanitizer) })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    fail(error.message)
  }
}
