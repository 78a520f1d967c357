import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { missing } from './isolates.mjs'
import { load, root } from './package.mjs'

/**
 * The part of the addon that measures V8 itself: a plain isolate with one context, from the snapshot that guests start
 * from, and nothing of ours around it.
 *
 * @returns {{ floorStartup(count: number): void }} starts, uses and ends as many, one after another
 */
function addon() {
  const require = createRequire(root)
  const { ISOLATES_ADDON: file } = process.env
  return file ? require(file) : require('node-gyp-build')(fileURLToPath(root))
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'native-floor',
  role: 'floor',
  provides: ['start'],
  missing,
  version: () => `V8 ${process.versions.v8}`,
  async open() {
    // The package prepares the snapshot.
    await load()
    const { floorStartup } = addon()
    return {
      start() {
        floorStartup(1)
        return { ended: true, close() {} }
      },
    }
  },
}
