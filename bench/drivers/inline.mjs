/** No unit at all: the host does the work itself. */
const unit = {
  /** @param {Function} work */
  loadSync: (work) => /** @type {any} */ (work),
  close() {},
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'inline',
  role: 'inline',
  provides: ['tasks'],
  missing: () => undefined,
  version: () => process.version,
  open: async () => ({ start: () => unit }),
}
