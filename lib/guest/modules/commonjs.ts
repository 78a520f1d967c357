import { builtinModule } from '../../shared/modules.js'
import {
  apply,
  create,
  defineProperty,
  findLast,
  hasOwn,
  makeMap,
  mapDelete,
  mapGet,
  mapSet,
  max,
  parse,
  push,
  slice,
  TypeError,
} from '../builtins.js'
import { native } from '../native.js'
import { assemble } from './assemble.js'
import { builtinObject } from './builtin.js'
import { moduleError, quoted } from './errors.js'
import { host } from './host.js'
import { type Known, linked, moduleAt, natives, take } from './registry.js'

/** What a CommonJS file sees as `module`. */
interface CommonJs {
  exports: unknown
  readonly id: string
  readonly filename: string
  readonly path: string
  loaded: boolean
  readonly children: CommonJs[]
  readonly paths: string[]
}

interface Require {
  (specifier: string): unknown
  resolve(specifier: string): string
  /** Empty: what was loaded stays loaded. */
  cache: object
}

const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
const loaded: Map<string, CommonJs> = makeMap()
const parsed: Map<string, { value: unknown }> = makeMap()

/** The values of those names, after the file has run: `default` is all of its `module.exports`. */
export function exportsOf(module: Known, names: readonly string[]): unknown[] {
  const { exports } = run(module)
  const values: unknown[] = []
  const object =
    (typeof exports === 'object' && exports !== null) || typeof exports === 'function' ? exports : undefined
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string
    push(values, i < 2 ? exports : read(object, name))
  }
  return values
}

/** A getter that throws must not take the whole module away. */
function read(object: object | undefined, name: string): unknown {
  try {
    return object !== undefined && name in object ? (object as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}

function run({ record }: Known): CommonJs {
  const { url, source } = record
  const before = mapGet(loaded, url)
  if (before !== undefined) return before
  const filename = record.filename ?? url
  const path = directoryOf(filename)
  const module: CommonJs = { exports: {}, id: filename, filename, path, loaded: false, children: [], paths: [] }
  mapSet(loaded, url, module)
  let finished = false
  try {
    const body = natives.compileFunction(url, source, parameters)
    apply(body, module.exports, [module.exports, requireIn(url), module, filename, path])
    natives.keepFunction(url, source, body)
    finished = true
  } finally {
    if (!finished) mapDelete(loaded, url)
  }
  module.loaded = true
  return module
}

export function directoryOf(filename: string): string {
  const end = max(findLast(filename, '/'), findLast(filename, '\\'))
  return slice(filename, 0, max(end, 1))
}

/** The `require` of one file. */
function requireIn(referrer: string): Require {
  function require(specifier: unknown): unknown {
    const text = checkSpecifier(specifier)
    if (text === builtinModule) return builtinObject()
    const target = linked('require', referrer, text)
    const there = target === undefined ? undefined : moduleAt(target)
    return valueOf(there ?? fetch(text), text)
  }
  function fetch(specifier: string): Known | undefined {
    const url = take('require', referrer, specifier, host().require(specifier, referrer))
    return moduleAt(url)
  }
  function resolve(specifier: unknown): string {
    const text = checkSpecifier(specifier)
    const url = linked('require', referrer, text)
    if (url === undefined) return host().resolve(text, referrer, 'require')
    return moduleAt(url)?.record.filename ?? url
  }
  defineProperty(require, 'resolve', { value: resolve, writable: true, enumerable: true, configurable: true })
  defineProperty(require, 'cache', { value: create(null), writable: true, enumerable: true, configurable: true })
  return require as Require
}

function checkSpecifier(specifier: unknown): string {
  if (typeof specifier !== 'string' || specifier === '') throw new TypeError('require takes the name of a module')
  return specifier
}

function valueOf(module: Known | undefined, specifier: string): unknown {
  if (module === undefined) throw moduleError('ERR_MODULE_NOT_FOUND', `Cannot require ${quoted(specifier)}`)
  const { url, format, source } = module.record
  if (format === 'commonjs') return run(module).exports
  if (format === 'module') return namespaceOf(url)
  let json = mapGet(parsed, url)
  if (json === undefined) {
    json = { value: parse(source) }
    mapSet(parsed, url, json)
  }
  return json.value
}

/** An ES module can be required when it does not wait for anything. */
function namespaceOf(url: string): unknown {
  const missing = assemble(url, [])
  if (missing.length > 0) {
    throw moduleError('ERR_REQUIRE_ASYNC_MODULE', `${url} cannot be required before it is loaded; import it`)
  }
  const id = moduleAt(url)?.id as number
  natives.instantiate(id)
  if (natives.isAsync(id)) {
    throw moduleError('ERR_REQUIRE_ASYNC_MODULE', `${url} awaits at its top level and cannot be required; import it`)
  }
  const promise = natives.evaluate(id)
  const [state, result] = native.promiseState(promise)
  if (state === 2) {
    promise.then(undefined, () => {})
    throw result
  }
  const namespace = natives.namespace(id)
  return hasOwn(namespace, 'module.exports') ? (namespace as Record<string, unknown>)['module.exports'] : namespace
}
