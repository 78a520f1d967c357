// Puts binaries into prebuilds/, where node-gyp-build finds them; one per ABI, since the addon uses V8 itself.
//   npm run prebuilds                for every supported Node line, with the binaries that npm has of them
//   npm run prebuilds -- 24          for one line
//   npm run prebuilds -- --running   for the Node that runs this (Alpine, where npm's binaries do not run)
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { addonDirectory, linkSources } from './build-addon.mjs'
import {
  CommandError,
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
import { binaryOf, installNodes, linesOf } from './nodes.mjs'

export const prebuilds = join(root, 'prebuilds')
const libc = () => (existsSync('/etc/alpine-release') ? 'musl' : 'glibc')

/** The file node-gyp-build takes for an ABI on this platform, relative to prebuilds/. */
export function prebuildName(modules) {
  return `${process.platform}-${process.arch}/isolates.abi${modules}.${libc()}.node`
}

/** Builds the binary for `node` and puts it into prebuilds/; resolves to its path. */
export async function buildPrebuild(node) {
  const { version, modules, prefix } = describeNode(node)
  const name = `prebuild-${modules}`
  const file = join(prebuilds, prebuildName(modules))
  await withLock(name, () =>
    step(`prebuild for Node ${version}`, async () => {
      const inputs = ['binding.gyp', 'node_modules/node-addon-api/package.json', ...listFiles(['native'])]
      const content = digest(inputs, `${version} ${prefix}`)
      if (readStamp(name) === content && existsSync(file)) return 'up to date'
      // prebuildify moves what it has built: not out of build/, which is the checkout's own.
      const dir = addonDirectory(name)
      linkSources(dir)
      const args = ['--cwd', dir, '--out', root, '--name', 'isolates', '--target', version]
      await run(
        process.execPath,
        [join(root, 'node_modules/prebuildify/bin.js'), ...args, '--no-napi', '--strip', '--tag-libc', libc()],
        { env: { ...headerEnvironment(prefix), ...compilers(), JOBS: String(jobs) } },
      )
      stamp(name, content)
      return undefined
    }),
  )
  return file
}

/** prebuildify puts Node's own directory before the PATH, which would hide the compilers (or the cache) chosen there. */
function compilers() {
  if (process.platform === 'win32') return {}
  const chosen = {}
  for (const [name, command] of [
    ['CC', 'cc'],
    ['CXX', 'c++'],
  ]) {
    chosen[name] =
      process.env[name] ?? spawnSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).stdout.trim()
  }
  return chosen
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2)
  try {
    if (args.includes('--running')) {
      await buildPrebuild(process.execPath)
    } else {
      const lines = linesOf(args)
      await installNodes(lines)
      for (const line of lines) await buildPrebuild(binaryOf(line))
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    fail(error.message)
  }
}
