// `npm run prebuilds`: puts a binary for the running Node and platform into prebuilds/, where node-gyp-build finds it.
// One per ABI: the addon uses V8 itself, so a binary serves one Node line only.
import { join } from 'node:path'
import { CommandError, fail, root, run, step } from './common.mjs'
import { describeNode, headerEnvironment } from './headers.mjs'

const { version, prefix } = describeNode(process.execPath)
const args = ['--no-napi', '--strip', '--tag-libc', '--target', version]
try {
  await step(`prebuild for Node ${version}`, async () => {
    await run(process.execPath, [join(root, 'node_modules/prebuildify/bin.js'), ...args], {
      env: headerEnvironment(prefix),
    })
  })
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
