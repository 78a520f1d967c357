// Finds the headers of a Node installation, so that no build has to download them.
import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a build must know of the Node binary it builds for. */
export function describeNode(binary) {
  const code =
    'JSON.stringify({v:process.version,m:process.versions.modules,p:process.config.variables.node_prefix??""})'
  const { v, m, p } = JSON.parse(execFileSync(binary, ['-p', code], { encoding: 'utf8' }))
  return { binary, version: v, modules: m, prefix: findPrefix(binary, m, p) }
}

/** The directory whose `include/node` holds headers of this ABI, or undefined. */
function findPrefix(binary, modules, configured) {
  const candidates = [join(dirname(binary), '..'), join(dirname(realpathSync(binary)), '..'), configured]
  if (process.env.npm_config_nodedir) candidates.push(process.env.npm_config_nodedir)
  return candidates.find((prefix) => prefix !== '' && abiOf(prefix) === modules)
}

function abiOf(prefix) {
  try {
    const text = readFileSync(join(prefix, 'include/node/node_version.h'), 'utf8')
    return /#define\s+NODE_MODULE_VERSION\s+(\d+)/.exec(text)?.[1]
  } catch {
    return undefined
  }
}

/**
 * The environment that makes node-gyp and cmake-js use `prefix`. Both read npm_config_nodedir, which npm sets from
 * an npmrc and which wins over node-gyp's own --nodedir; so it is always overridden here.
 */
export function headerEnvironment(prefix) {
  const env = {}
  for (const key of Object.keys(process.env)) {
    if (/^npm_(config|package_config_node_gyp)_nodedir$/i.test(key)) env[key] = undefined
  }
  if (prefix !== undefined) env.npm_config_nodedir = prefix
  return env
}
