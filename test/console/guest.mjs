// Makes a guest console without the addon: the bundle in a bare context of node:vm, on functions of Node's own that
// do what the engine's do. Needs --expose-internals.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import vm from 'node:vm'

const require = createRequire(import.meta.url)
const util = require('internal/test/binding').internalBinding('util')

/** The numbers of `Kind` in lib/guest/native.ts; the first test that holds decides. */
const kinds = [
  [types.isProxy, 1],
  [(value) => types.isAsyncFunction(value) && types.isGeneratorFunction(value), 4],
  [types.isAsyncFunction, 2],
  [types.isGeneratorFunction, 3],
  [types.isArgumentsObject, 5],
  [types.isMap, 6],
  [types.isSet, 7],
  [types.isMapIterator, 8],
  [types.isSetIterator, 9],
  [types.isWeakMap, 10],
  [types.isWeakSet, 11],
  [types.isTypedArray, 12],
  [types.isDataView, 13],
  [types.isArrayBuffer, 14],
  [types.isSharedArrayBuffer, 15],
  [types.isPromise, 16],
  [types.isDate, 17],
  [types.isRegExp, 18],
  [types.isNativeError, 19],
  [types.isModuleNamespaceObject, 20],
  [types.isNumberObject, 21],
  [types.isStringObject, 22],
  [types.isBooleanObject, 23],
  [types.isBigIntObject, 24],
  [types.isSymbolObject, 25],
]

function createNative(context, print) {
  const { ALL_PROPERTIES, ONLY_ENUMERABLE } = util.constants
  return {
    print,
    definePart(name, make, global) {
      if (!global) return
      const [define, globals] = vm.runInContext('[Object.defineProperty, globalThis]', context)
      define(globals, name, { value: make(), writable: true, enumerable: false, configurable: true })
    },
    // The libraries are files that only the engine loads.
    defineGlobals() {},
    shared: () => ({ register() {}, Handle: class {} }),
    loop: () => ({ useTimers() {} }),
    current: () => ({ id: 7, name: 'isolate-7' }),
    now: () => performance.now(),
    kind: (value) => kinds.find(([is]) => is(value))?.[1] ?? 0,
    proxyDetails: (proxy) => util.getProxyDetails(proxy, true),
    promiseState: (promise) => util.getPromiseDetails(promise),
    previewEntries: (value) => {
      if (types.isWeakMap(value)) return [util.previewEntries(value), true]
      if (types.isWeakSet(value)) return [util.previewEntries(value), false]
      return util.previewEntries(value, true)
    },
    constructorName: (value) => util.getConstructorName(value),
    ownNonIndexKeys: (value, onlyEnumerable) =>
      util.getOwnNonIndexProperties(value, onlyEnumerable ? ONLY_ENUMERABLE : ALL_PROPERTIES),
  }
}

/** A context with the guest's globals; `dist` is the directory of the build, by default that of this checkout. */
export function createGuest(print, dist = fileURLToPath(new URL('../../dist', import.meta.url))) {
  const context = vm.createContext()
  const bootstrap = vm.runInContext(readFileSync(`${dist}/guest.js`, 'utf8'), context, { filename: 'guest.js' })
  bootstrap(createNative(context, print), require(`${dist}/console.js`).consoleDialect())
  return context
}
