import { deserialize, serialize } from 'node:v8'

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'structured-clone',
  provides: ['copy'],
  missing: () => undefined,
  version: () => process.version,
  open: async () => ({
    start() {
      throw new Error('It has no units')
    },
    // The two halves of structuredClone, which itself has no form to keep.
    copy: () => ({ write: (value) => serialize(value), read: (form) => deserialize(/** @type {Buffer} */ (form)) }),
  }),
}
