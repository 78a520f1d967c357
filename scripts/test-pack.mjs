// Installs the packed package as its users do, into empty folders, without a compiler and without a network, and runs the quick
// start of the README in each.
//   npm run test:pack                for every supported Node line
//   npm run test:pack -- 24          for one line
//   npm run test:pack -- --running   for the Node that runs this
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandError, fail, root, run, step } from './common.mjs'
import { describeNode } from './headers.mjs'
import { binaryOf, installNodes, linesOf } from './nodes.mjs'
import { buildPrebuild } from './prebuild.mjs'
import { startRegistry } from './registry.mjs'
import { record } from './suite.mjs'

const args = process.argv.slice(2)
const expected = '42\n18446744073709551616n\n'
const manifestOf = (dir) => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
const counts = { passed: 0, failed: 0, skipped: 0 }
const base = mkdtempSync(join(tmpdir(), 'isolates-pack-'))

async function check(name, test) {
  try {
    await step(`  ${name}`, test)
    counts.passed++
  } catch (error) {
    counts.failed++
    process.stdout.write(`${error.message}\n`)
  }
}

/** The first program of the README, as its readers copy it. */
const quickStart = /```js\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))[1]
const required = quickStart.replace(/import (\{.*\}) from '(.*)'/, "const $1 = require('$2')")
const programs = {
  'quick.mjs': quickStart,
  'quick.cjs': `(async () => {\n${required}\n})()\n`,
  'typed.mts': quickStart,
  'typed.cts': `import { Isolate } from 'isolates'\nexport const ready = (async () => {\n${quickStart.replace(/^import .*\n/, '')}\n})()\n`,
}

/** Packs what a directory holds; resolves to the tarball. */
async function pack(dir) {
  const { output } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', base], {
    cwd: dir,
  })
  return { manifest: manifestOf(dir), tarball: join(base, output.trim().split('\n').at(-1)) }
}

/** A folder with the programs that need no more than a shell and `node`: no compiler, no make, no Python, no git. */
function bareTools(node, name) {
  const bin = join(base, `bin-${name}`)
  mkdirSync(bin)
  const npm = [process.env.npm_execpath, join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')]
  const found = npm.find((path) => path?.endsWith('npm-cli.js')) ?? npmOnPath()
  for (const tool of ['sh', 'env', 'uname']) symlinkSync(whereIs(tool), join(bin, tool))
  symlinkSync(node, join(bin, 'node'))
  for (const [tool, script] of [
    ['npm', found],
    ['pnpm', join(root, 'node_modules/pnpm/bin/pnpm.cjs')],
  ]) {
    writeFileSync(join(bin, tool), `#!${join(bin, 'sh')}\nexec "${node}" "${script}" "$@"\n`)
    chmodSync(join(bin, tool), 0o755)
  }
  return bin
}

function whereIs(tool) {
  return spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim()
}

function npmOnPath() {
  return spawnSync('node', ['-p', `require('fs').realpathSync(${JSON.stringify(whereIs('npm'))})`], {
    encoding: 'utf8',
  }).stdout.trim()
}

/** Settings of an installer that knows our registry only, and nothing of this user's. */
function environment(bin, registry, home) {
  const nowhere = 'http://127.0.0.1:9'
  return {
    PATH: bin,
    HOME: home,
    TMPDIR: base,
    CI: '1',
    NO_COLOR: '1',
    npm_config_registry: registry,
    npm_config_userconfig: join(home, 'npmrc'),
    npm_config_globalconfig: join(home, 'global-npmrc'),
    npm_config_cache: join(home, 'npm-cache'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_store_dir: join(home, 'pnpm-store'),
    npm_config_https_proxy: nowhere,
    npm_config_proxy: nowhere,
    npm_config_noproxy: '127.0.0.1',
  }
}

class Project {
  constructor(name, env, manifest = {}) {
    this.dir = join(base, name)
    this.env = env
    mkdirSync(this.dir, { recursive: true })
    this.write('package.json', JSON.stringify({ name: 'app', version: '1.0.0', private: true, ...manifest }))
  }

  write(file, text) {
    mkdirSync(dirname(join(this.dir, file)), { recursive: true })
    writeFileSync(join(this.dir, file), text)
  }

  /** Runs a command here; by default it has to end well. */
  async run(command, commandArgs, { cwd = this.dir, status = 0 } = {}) {
    const cleared = Object.fromEntries(Object.keys(process.env).map((key) => [key, undefined]))
    const { code, output } = await run(join(this.env.PATH, command), commandArgs, {
      cwd,
      env: { ...cleared, ...this.env },
      allowFailure: true,
      minutes: 2,
    })
    assert.equal(code === 0, status === 0, `${command} ${commandArgs.join(' ')} ended with ${code}\n${output}`)
    return output
  }

  async runQuickStart(where = this.dir) {
    for (const file of ['quick.mjs', 'quick.cjs']) {
      writeFileSync(join(where, file), programs[file])
      assert.equal(await this.run('node', [file], { cwd: where }), expected, file)
    }
  }
}

/** TypeScript's own compiler on the same programs, as far as a consumer's settings differ. */
async function checkTypes(project) {
  for (const file of ['typed.mts', 'typed.cts']) project.write(file, programs[file])
  const common = {
    target: 'es2022',
    strict: true,
    outDir: 'out',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const settings = {
    node16: { module: 'node16', moduleResolution: 'node16' },
    nodenext: { module: 'nodenext', moduleResolution: 'nodenext', exactOptionalPropertyTypes: true },
    bundler: { module: 'esnext', moduleResolution: 'bundler' },
  }
  for (const [name, options] of Object.entries(settings)) {
    const files = name === 'bundler' ? ['typed.mts'] : ['typed.mts', 'typed.cts']
    project.write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions: { ...common, ...options }, files }))
    await project.run('node', [join(root, 'node_modules/typescript/bin/tsc'), '-p', `tsconfig.${name}.json`])
    for (const file of files) {
      const output = await project.run('node', [join('out', file.replace(/ts$/, 'js'))])
      assert.equal(output, expected, `${name}: ${file}`)
    }
  }
}

async function checkLine(node, registry) {
  const { version, modules } = describeNode(node)
  process.stdout.write(`Node ${version}\n`)
  const name = `abi-${modules}`
  const home = join(base, `home-${name}`)
  mkdirSync(home)
  const env = environment(bareTools(node, name), registry.url, home)

  const project = new Project(`${name}/npm`, env)
  await check('npm install, without a compiler', async () => {
    for (const tool of ['c++', 'g++', 'clang++', 'cc', 'make', 'python3']) {
      assert.throws(() => readFileSync(join(env.PATH, tool)), { code: 'ENOENT' })
    }
    await project.run('npm', ['install', 'isolates'])
    // amaro is an optional peer: npm looks whether it is there, and does not install it.
    assert.deepEqual(
      registry.refused.filter((path) => path !== '/amaro'),
      [],
      'what it asked the registry for in vain',
    )
  })
  await check('require and import', () => project.runQuickStart())
  await check('npx isolates doctor', async () => {
    const report = JSON.parse(
      await project.run('npm', ['exec', '--silent', '--no', '--', 'isolates', 'doctor', '--json']),
    )
    assert.equal(report.ok, true, JSON.stringify(report, null, 2))
    assert.equal(report.addon.origin, 'prebuilt')
  })
  await check('TypeScript: node16, nodenext, bundler', () => checkTypes(project))
  await check('npm workspaces', async () => {
    const workspace = new Project(`${name}/workspaces`, env, { workspaces: ['packages/*'] })
    const manifest = { name: 'member', version: '1.0.0', dependencies: { isolates: '*' } }
    workspace.write('packages/member/package.json', JSON.stringify(manifest))
    await workspace.run('npm', ['install'])
    await workspace.runQuickStart(join(workspace.dir, 'packages/member'))
  })
  await check('pnpm', async () => {
    const linked = new Project(`${name}/pnpm`, env, { dependencies: { isolates: '*' } })
    await linked.run('pnpm', ['install'])
    await linked.runQuickStart()
  })
  await check('without a binary: says what to do', async () => {
    const bare = new Project(`${name}/bare`, env)
    await bare.run('npm', ['install', 'isolates'])
    rmSync(join(bare.dir, 'node_modules/isolates/prebuilds'), { recursive: true })
    const output = await bare.run('npm', ['rebuild', 'isolates', '--foreground-scripts'], { status: 1 })
    assert.match(output, /isolates: there is no prebuilt binary for Node\.js v/)
    assert.match(output, /- a C\+\+ compiler \(c\+\+ does not run\)\n/)
    assert.match(output, /- make\n/)
    const error = await bare.run('node', ['-e', "require('isolates')"], { status: 1 })
    assert.match(error, /isolates has no binary for Node\.js v/)
    assert.match(error, /npm rebuild isolates/)
    assert.match(error, /code: 'ERR_ADDON_NOT_FOUND'/)
    const doctor = JSON.parse(
      await bare.run('npm', ['exec', '--silent', '--no', '--', 'isolates', 'doctor', '--json'], { status: 1 }),
    )
    assert.equal(doctor.error.code, 'ERR_ADDON_NOT_FOUND')
  })
}

try {
  const running = args.includes('--running')
  const lines = running ? [] : linesOf(args)
  if (!running) await installNodes(lines)
  const nodes = running ? [process.execPath] : lines.map(binaryOf)
  for (const node of nodes) await buildPrebuild(node)
  const packages = []
  await step('package', async () => {
    for (const dir of ['.', 'node_modules/node-gyp-build', 'node_modules/node-addon-api']) {
      packages.push(await pack(join(root, dir)))
    }
  })
  const registry = await startRegistry(packages)
  for (const node of nodes) await checkLine(node, registry)
  registry.close()
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
} finally {
  rmSync(base, { recursive: true, force: true })
}
record('package', counts)
process.stdout.write(`installed packages: ${counts.passed} passed, ${counts.failed} failed\n`)
process.exitCode = counts.failed === 0 ? 0 : 1
