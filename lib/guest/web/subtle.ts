import { bytesOf } from './encoding.js'
import { DOMException } from './exception.js'
import { customInspect } from './inspect.js'
import { ask } from './library.js'
import { platformClass } from './platform.js'
import { makePlatformObject } from './platform-object.js'

/** A key as the host wants it: see lib/web/subtle.ts. */
interface Parts {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: object
  readonly usages: readonly string[]
}

const key = Symbol('made by the platform')
const parts = new WeakMap<object, Parts>()

function partsOf(value: unknown): Parts {
  const found = parts.get(value as object)
  if (found === undefined) throw new TypeError('The key must be a CryptoKey')
  return found
}

const cloning = {
  copy(original: CryptoKey): CryptoKey {
    return new CryptoKey(key, partsOf(original))
  },
}

/** A key of `crypto.subtle`. */
export class CryptoKey {
  constructor(secret?: symbol, made?: Parts) {
    if (secret !== key || made === undefined) throw new TypeError('Illegal constructor')
    const object = makePlatformObject(new.target, cloning)
    parts.set(object, made)
    // biome-ignore lint/correctness/noConstructorReturn: only the engine makes objects that structured clones know
    return object as CryptoKey
  }

  get type(): string {
    return partsOf(this).type
  }

  get extractable(): boolean {
    return partsOf(this).extractable
  }

  get algorithm(): object {
    return partsOf(this).algorithm
  }

  get usages(): readonly string[] {
    return partsOf(this).usages
  }
}

function bytes(value: unknown): Uint8Array {
  return bytesOf(value, 'The data')
}

/** Keys in an algorithm, as the other side of a key agreement, go along as what they are made of. */
function algorithm(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return `${value}`
  const copy: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(value)) copy[name] = parts.get(each) ?? each
  return copy
}

function exportable(value: unknown): Parts {
  const found = partsOf(value)
  if (!found.extractable) throw new DOMException('key is not extractable', 'InvalidAccessError')
  return found
}

function list(value: unknown): string[] {
  return [...(value as Iterable<unknown>)].map((usage) => `${usage}`)
}

async function call(method: string, ...args: unknown[]): Promise<unknown> {
  const answer = await ask('subtle', [method, args])
  const error = (answer as { error?: { name: string; message: string } } | null)?.error
  if (error === undefined) return answer
  if (error.name === 'TypeError') throw new TypeError(error.message)
  throw new DOMException(error.message, error.name)
}

async function keyFrom(answer: Promise<unknown>): Promise<CryptoKey> {
  return new CryptoKey(key, (await answer) as Parts)
}

/** Cryptography by the host, which has it from Node. */
export class SubtleCrypto {
  constructor(secret?: symbol) {
    if (secret !== key) throw new TypeError('Illegal constructor')
  }

  async digest(how: unknown, data: unknown): Promise<unknown> {
    return await call('digest', algorithm(how), bytes(data))
  }

  async generateKey(how: unknown, extractable: unknown, usages: unknown): Promise<unknown> {
    const made = (await call('generateKey', algorithm(how), Boolean(extractable), list(usages))) as Record<
      string,
      Parts
    >
    if (!('privateKey' in made)) return new CryptoKey(key, made as unknown as Parts)
    return { publicKey: new CryptoKey(key, made['publicKey']), privateKey: new CryptoKey(key, made['privateKey']) }
  }

  async importKey(
    format: unknown,
    data: unknown,
    how: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<CryptoKey> {
    const material = `${format}` === 'jwk' ? data : bytes(data)
    return await keyFrom(call('importKey', `${format}`, material, algorithm(how), Boolean(extractable), list(usages)))
  }

  async exportKey(format: unknown, of: unknown): Promise<unknown> {
    const found = exportable(of)
    const exported = await call('exportKey', `${format}`, found)
    // Here all keys can be exported, so that Node says so of each.
    return exported
  }

  async encrypt(how: unknown, by: unknown, data: unknown): Promise<unknown> {
    return await call('encrypt', algorithm(how), partsOf(by), bytes(data))
  }

  async decrypt(how: unknown, by: unknown, data: unknown): Promise<unknown> {
    return await call('decrypt', algorithm(how), partsOf(by), bytes(data))
  }

  async sign(how: unknown, by: unknown, data: unknown): Promise<unknown> {
    return await call('sign', algorithm(how), partsOf(by), bytes(data))
  }

  async verify(how: unknown, by: unknown, signature: unknown, data: unknown): Promise<unknown> {
    return await call('verify', algorithm(how), partsOf(by), bytes(signature), bytes(data))
  }

  async deriveBits(how: unknown, from: unknown, length: unknown = null): Promise<unknown> {
    return await call('deriveBits', algorithm(how), partsOf(from), length === null ? null : Number(length))
  }

  async deriveKey(how: unknown, from: unknown, of: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    const target = algorithm(of)
    return await keyFrom(call('deriveKey', algorithm(how), partsOf(from), target, Boolean(extractable), list(usages)))
  }

  async wrapKey(format: unknown, of: unknown, by: unknown, how: unknown): Promise<unknown> {
    return await call('wrapKey', `${format}`, exportable(of), partsOf(by), algorithm(how))
  }

  async unwrapKey(
    format: unknown,
    wrapped: unknown,
    by: unknown,
    how: unknown,
    of: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<CryptoKey> {
    const target = algorithm(of)
    const args = [`${format}`, bytes(wrapped), partsOf(by), algorithm(how), target, Boolean(extractable), list(usages)]
    return await keyFrom(call('unwrapKey', ...args))
  }
}

platformClass(CryptoKey, 'CryptoKey')
platformClass(SubtleCrypto, 'SubtleCrypto')
customInspect<CryptoKey>(CryptoKey.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const { type, extractable, algorithm: how, usages } = this
  return `CryptoKey ${inspect({ type, extractable, algorithm: how, usages }, options)}`
})
export const subtle = new SubtleCrypto(key)
