import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { workerData } from 'node:worker_threads'
import type { AddonCode } from './codes.js'
import { IsolateError } from './errors.js'

/** The lines of Node.js that there are binaries for. */
const nodeLines = [20, 22, 24, 26]

/** Where the package is installed. */
export const packageRoot: string = dirname(__dirname)

const copiesKey: unique symbol = Symbol.for('isolates.copies') as never

/** The copies of this package that are loaded in this thread, as all of them see it. */
const copies = loadedCopies(process as { [copiesKey]?: string[] })

function loadedCopies(shared: { [copiesKey]?: string[] }): string[] {
  const found = shared[copiesKey]
  if (found !== undefined) return found
  const list: string[] = []
  Object.defineProperty(shared, copiesKey, { value: list })
  return list
}

/** Where more than one copy of this package is loaded in this thread: says so, for the end of a message. */
export function otherCopies(): string {
  const places = [...new Set(copies)]
  if (copies.length < 2) return ''
  const from = places.length > 1 ? places.join(' and ') : `${places[0]} ${copies.length} times`
  return `; isolates is loaded from ${from}, and what one of them made is strange to the other`
}

let loadedFrom: string | undefined

/** The file that the addon was loaded from. */
export function addonPath(): string {
  return loadedFrom ?? ''
}

/**
 * Finds and loads the addon: `ISOLATES_ADDON`, what was built here, or the prebuilt binary for this Node. Where there is
 * none, or it does not load, the error says what to do.
 */
export function loadAddon(): unknown {
  refuseOtherRuntimes()
  // In the thread of a Node isolate, that of its host.
  const { isolates } = (workerData ?? {}) as { isolates?: { addon?: string } }
  const path = isolates?.addon ?? (process.env['ISOLATES_ADDON'] || findAddon())
  const addon = { exports: {} }
  try {
    // Not by require(), which gives every copy of this package in a thread the same object: each has its own isolates.
    process.dlopen(addon, path)
  } catch (error) {
    throw notLoaded(path, error)
  }
  loadedFrom = path
  copies.push(packageRoot)
  return addon.exports
}

function refuseOtherRuntimes(): void {
  const { versions } = process
  const other = (['bun', 'deno', 'electron'] as const).find((name) => name in versions)
  const name = { bun: 'Bun', deno: 'Deno', electron: 'Electron' }
  if (other !== undefined) {
    throw addonError('ERR_UNSUPPORTED_RUNTIME', [
      `isolates works in Node.js only, and this is ${name[other]} ${versions[other]}`,
      other === 'electron'
        ? 'run it in a process of Node.js beside Electron’s own, and talk to that by its messages'
        : 'it is built on the V8 that Node.js has, and on how Node.js starts it',
    ])
  }
  if (Number.parseInt(versions.node, 10) < Math.min(...nodeLines)) {
    throw addonError('ERR_UNSUPPORTED_RUNTIME', [
      `isolates needs Node.js ${Math.min(...nodeLines)} or newer, and this is ${process.version}`,
    ])
  }
}

function findAddon(): string {
  const { path } = require('node-gyp-build') as { path(root: string): string }
  try {
    return path(packageRoot)
  } catch (cause) {
    const available = listPrebuilds()
    throw addonError(
      'ERR_ADDON_NOT_FOUND',
      [
        `isolates has no binary for ${describePlatform()}`,
        available.length > 0
          ? `it came with binaries for ${available.join(', ')}`
          : 'it came without prebuilt binaries',
        `use Node.js ${nodeLines.join(', ')} where there is a binary for it, or build one: \`npm rebuild isolates --foreground-scripts\``,
        'building needs a C++20 compiler, make and Python 3; with pnpm, Yarn or `--ignore-scripts` allow the package its install script first',
      ],
      cause,
    )
  }
}

/** The binaries that came with the package, for messages: `linux-x64 abi115 glibc`. */
export function listPrebuilds(): string[] {
  const folder = join(packageRoot, 'prebuilds')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((platform) =>
      readdirSync(join(folder, platform))
        .filter((file) => file.endsWith('.node'))
        .map((file) => `${platform} ${file.split('.').slice(1, -1).join(' ')}`),
    )
    .sort()
}

/** This Node and this machine, as far as a binary depends on them. */
export function describePlatform(): string {
  return `Node.js ${process.version} (ABI ${process.versions.modules}) on ${process.platform}-${process.arch}${libc()}`
}

function libc(): string {
  if (process.platform !== 'linux') return ''
  return existsSync('/etc/alpine-release') ? ' musl' : ' glibc'
}

function notLoaded(path: string, cause: unknown): IsolateError {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown }
  return addonError(
    'ERR_ADDON_NOT_LOADED',
    [
      `the addon of isolates was not loaded: ${String(message ?? cause).split('\n')[0]}`,
      ...advice(path, code, String(message)),
    ],
    cause,
  )
}

function advice(path: string, code: unknown, message: string): string[] {
  if (code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED') {
    // In the types of Node 20 there is no permission model yet.
    return 'permission' in process && process.permission !== undefined
      ? ['Node.js runs with its permission model: start it with --allow-addons too']
      : ['Node.js runs with --no-addons, and this package is one']
  }
  if (code !== 'ERR_DLOPEN_FAILED') return ['something has replaced process.dlopen(), and forbids it']
  if (/different Node\.js version|NODE_MODULE_VERSION/.test(message)) {
    return [`${path} is for another Node.js: \`npm rebuild isolates\` under this one, ${describePlatform()}`]
  }
  if (/GLIBC|CXXABI|ld-linux|libstdc\+\+|Error relocating/.test(message)) {
    return [
      `${path} needs a newer or another C library than this system has`,
      'build one for it: `npm rebuild isolates --build-from-source`',
    ]
  }
  return [`${path} is damaged, or for another machine: install the package anew under ${describePlatform()}`]
}

function addonError(code: AddonCode, lines: string[], cause?: unknown): IsolateError {
  return new IsolateError(code, lines.join('\n  '), cause === undefined ? undefined : { cause })
}
