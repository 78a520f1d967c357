import { lookupSource } from '../workloads/table.mjs'
import { functionUnit } from './functions.mjs'

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'parsed',
  provides: ['table'],
  missing: () => undefined,
  version: () => process.version,
  async open() {
    let text = ''
    return {
      async start() {
        const unit = await functionUnit()
        return {
          async table() {
            const parse = await unit.load('return (text) => void (globalThis.table = JSON.parse(text))')
            await parse(text)
            return unit.load(`return ${lookupSource('table[key].name')}`)
          },
          close: () => unit.close(),
        }
      },
      publish(json) {
        text = json
      },
    }
  },
}
