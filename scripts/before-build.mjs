// Runs when the package is installed and no binary that came with it loads, before node-gyp builds one: says so, and stops
// with what to do where the tools for it are missing. Node builtins only: nothing else is installed then.
import { spawnSync } from 'node:child_process'

const windows = process.platform === 'win32'
const [major] = process.versions.node.split('.').map(Number)
const platform = `Node.js ${process.version} (ABI ${process.versions.modules}) on ${process.platform}-${process.arch}`

function works(command, args = ['--version'], input) {
  const { status } = spawnSync(command, args, { input, stdio: ['pipe', 'ignore', 'ignore'], shell: windows })
  return status === 0
}

function missingTools() {
  const missing = []
  // On Windows and macOS node-gyp finds the system's own tools, and says itself what is missing.
  if (!windows) {
    const compiler = (process.env.CXX ?? 'c++').split(' ')[0]
    if (!works(compiler)) missing.push(`a C++ compiler (${compiler} does not run)`)
    else if (
      !works(compiler, ['-std=gnu++20', '-x', 'c++', '-fsyntax-only', '-'], '#include <concepts>\n#include <span>\n')
    )
      missing.push(`a compiler for C++20 (${compiler} is too old: GCC 12 or Clang 15 is needed)`)
    if (!works('make')) missing.push('make')
    if (!works(process.env.PYTHON ?? 'python3')) missing.push('Python 3')
  }
  if (!works('node-gyp')) missing.push('node-gyp (npm and pnpm bring it along; with others add it to the project)')
  return missing
}

const say = (...lines) => process.stderr.write(`isolates: ${lines.join('\n  ')}\n`)

if (major < 20) {
  say(`needs Node.js 20 or newer, and this is ${process.version}`)
  process.exit(1)
}
const missing = missingTools()
if (missing.length > 0) {
  say(
    `there is no prebuilt binary for ${platform}, and building one needs what is missing here:`,
    ...missing.map((tool) => `- ${tool}`),
    'Install that (Debian, Ubuntu: apt-get install g++ make python3; Alpine: apk add g++ make python3; macOS: xcode-select --install),',
    'or use one of the lines and platforms that have a binary: Node.js 20, 22, 24 and 26, see docs/platforms.md.',
  )
  process.exit(1)
}
say(
  `there is no prebuilt binary for ${platform}; building one takes some minutes.`,
  'It needs the headers of this Node.js, which node-gyp downloads unless npm_config_nodedir names a directory with them.',
)
