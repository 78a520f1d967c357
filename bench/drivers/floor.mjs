import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { missing } from './isolates.mjs'

/**
 * The part of the addon that measures V8 itself: a plain isolate with one context, from the snapshot that guests start
 * from, and nothing of ours around it.
 *
 * @returns {{ floorStartup(count: number): void }} starts, uses and ends as many, one after another
 */
function addon() {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const require = createRequire(root)
  return process.env['ISOLATES_ADDON'] ? require(process.env['ISOLATES_ADDON']) : require('node-gyp-build')(root)
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'native-floor',
  provides: ['start'],
  missing,
  version: () => `V8 ${process.versions.v8}`,
  async open() {
    // The package prepares the snapshot.
    await import('isolates')
    const { floorStartup } = addon()
    return {
      start() {
        floorStartup(1)
        return { ended: true, close() {} }
      },
    }
  },
}
