import { DOMException } from './exception.js'
import { native, use } from './library.js'
import { platformClass } from './platform.js'

const key = Symbol('made by the platform')
const most = 65536
const integers: ReadonlySet<string> = new Set([
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
])

/** Random numbers of the operating system. */
export class Crypto {
  constructor(secret?: symbol) {
    if (secret !== key) throw new TypeError('Illegal constructor')
  }

  getRandomValues(...args: unknown[]): unknown {
    if (args.length === 0) throw new TypeError("Failed to execute 'getRandomValues': the array is missing")
    const [array] = args
    if (!ArrayBuffer.isView(array)) throw new TypeError('The array must be a typed array of integers')
    if (!integers.has(Object.prototype.toString.call(array).slice(8, -1))) {
      throw new DOMException('The array must be a typed array of integers', 'TypeMismatchError')
    }
    if (array.byteLength > most) {
      const message = `The requested length ${array.byteLength} is more than the ${most} bytes there are at once`
      throw new DOMException(message, 'QuotaExceededError')
    }
    native.fillRandomly(array)
    return array
  }

  get subtle(): unknown {
    return use('subtle')['subtle']
  }

  randomUUID(): string {
    const bytes = new Uint8Array(16)
    native.fillRandomly(bytes)
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
    let text = ''
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
      text += ((bytes[i] as number) + 0x100).toString(16).slice(1)
    }
    return text
  }
}

platformClass(Crypto, 'Crypto')
export const crypto = new Crypto(key)
