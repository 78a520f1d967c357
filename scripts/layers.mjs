// Checks who may use whom; see the table in docs/architecture.md. Prints what breaks a rule and exits with 1.
import { readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { isMain, listFiles, root } from './common.mjs'

const layers = ['base', 'sync', 'value', 'http', 'engine', 'binding']
const stdOnly = ['base', 'sync', 'value', 'http']
/** The compiler's own, not the system's. */
const intrinsics = ['immintrin.h', 'intrin.h', 'arm_acle.h']

/** Headers outside the project and where they may stand; whatever matches none of these is a system header. */
const foreign = [
  { header: /^(v8[\w-]*\.h|libplatform\/|cppgc\/)/, where: /^native\/(engine\/|binding\/v8_cast\.h$)/, name: 'V8' },
  {
    header: /^(node|node_version|node_buffer|node_object_wrap)\.h$/,
    where: /^native\/engine\/node_platform\./,
    name: 'node.h',
  },
  {
    header: /^(napi(-inl)?|node_api|js_native_api|node_api_types|js_native_api_types)\.h$/,
    where: /^native\/binding\//,
    name: 'Node-API',
  },
  { header: /^uv(\.h$|\/)/, where: /^native\/(engine|binding)\//, name: 'libuv' },
]

function* checkNative(file, text) {
  const layer = file.split('/')[1]
  for (const { groups, line } of matches(text, /^\s*#\s*include\s*(?:"(?<own>[^"]+)"|<(?<system>[^>]+)>)/gm)) {
    if (groups.own !== undefined) {
      const target = groups.own.split('/')[0]
      if (!layers.includes(target)) yield { line, what: `"${groups.own}" does not begin with a layer` }
      else if (layers.indexOf(target) > layers.indexOf(layer)) yield { line, what: `${layer} may not use ${target}` }
      continue
    }
    const rule = foreign.find(({ header }) => header.test(groups.system))
    if (rule !== undefined) {
      if (!rule.where.test(file)) yield { line, what: `<${groups.system}>: ${rule.name} has no place here` }
    } else if (
      stdOnly.includes(layer) &&
      layer !== 'base' &&
      /\.h$/.test(groups.system) &&
      !intrinsics.includes(groups.system)
    ) {
      yield { line, what: `<${groups.system}>: of the system's own headers only base knows` }
    }
  }
}

function* checkLibrary(file, text) {
  const guest = file.startsWith('lib/guest/')
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*|\brequire\s*\(\s*)['"](?<target>[^'"]+)['"]/g
  for (const { groups, line } of matches(text, pattern)) {
    const { target } = groups
    const resolved = target.startsWith('.') ? posix.join(dirname(file), target) : target
    if (guest && target.startsWith('node:')) yield { line, what: `a guest has no ${target}` }
    if (
      guest &&
      target.startsWith('.') &&
      !/^lib\/(guest|shared)\/|^lib\/(errors|codes|failure|functions|await)\./.test(resolved)
    )
      yield { line, what: `lib/guest may not use ${resolved}` }
    if (
      file.startsWith('lib/shared/') &&
      !/^lib\/shared\/|^lib\/(errors|codes|failure|functions|await)\./.test(resolved)
    )
      yield { line, what: `lib/shared runs in guests too and may not use ${resolved}` }
    if (!guest && resolved.startsWith('lib/guest/'))
      yield { line, what: `${resolved} is baked into the guest, not loaded` }
    if (target === 'isolates') yield { line, what: 'the library does not import itself' }
  }
  if (guest || file === 'lib/addon.ts') return
  for (const { groups, line } of matches(text, /(?<loader>node-gyp-build|process\.dlopen|\w\.node['"])/g)) {
    yield { line, what: `${groups.loader}: only lib/addon.ts loads the addon` }
  }
}

/** Line comments and examples in documentation name what they like. */
function inComment(text, index) {
  return /^\s*(\*|\/\/)/.test(text.slice(text.lastIndexOf('\n', index) + 1, index + 1))
}

function* matches(text, pattern) {
  for (const match of text.matchAll(pattern)) {
    if (inComment(text, match.index)) continue
    yield { groups: match.groups, line: text.slice(0, match.index).split('\n').length }
  }
}

/** Every broken rule, one line each. */
export function checkLayers() {
  const problems = []
  const check = (files, checker) => {
    for (const file of files) {
      const text = readFileSync(join(root, file), 'utf8')
      for (const { line, what } of checker(file, text)) problems.push(`${file}:${line}: ${what}`)
    }
  }
  check(
    listFiles(['native'], (file) => /\.(cc|h)$/.test(file)),
    checkNative,
  )
  check(
    listFiles(['lib'], (file) => /\.[cm]?ts$/.test(file)),
    checkLibrary,
  )
  return problems
}

if (isMain(import.meta.url)) {
  const problems = checkLayers()
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
