import { connectReader } from './plain/reader.js'
import { connectWriter } from './plain/writer.js'

/**
 * Takes plain values (objects, arrays, dates, strings, numbers, booleans, null and undefined) apart and puts them
 * together again: in JavaScript, because V8 compiles that to a few instructions per property, while the addon needs a
 * call of V8's interface for each. What is not plain is left to the addon's own codec. See plain/format.ts.
 */
export function connectPlain(): void {
  connectWriter()
  connectReader()
}
