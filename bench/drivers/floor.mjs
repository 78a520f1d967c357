import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * What the addon offers for measuring: a plain V8 isolate with one context, from the snapshot that guests
 * start from, and nothing of ours around it. A unit is a number.
 *
 * @typedef {object} Floor
 * @property {() => number} open creates isolate and context and evaluates `1`
 * @property {(unit: number, source: string) => void} load compiles a function
 * @property {(unit: number, argument: number) => number} call enters the isolate and calls that function
 * @property {(unit: number) => void} close disposes
 */

/** @returns {Floor | undefined} */
function floor() {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  try {
    return createRequire(root)('node-gyp-build')(root).floor
  } catch {
    return undefined
  }
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'native-floor',
  provides: ['start', 'many', 'sync'],
  missing: () => (floor() ? undefined : 'this build of the addon has no floor to measure'),
  version: () => `V8 ${process.versions.v8}`,
  async open() {
    const native = floor()
    if (!native) throw new Error('The addon has no floor')
    return {
      start() {
        const unit = native.open()
        return {
          loadSync(work) {
            native.load(unit, String(work))
            return (argument) => /** @type {any} */ (native.call(unit, Number(argument)))
          },
          close: () => native.close(unit),
        }
      },
    }
  },
}
