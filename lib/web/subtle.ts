import type { webcrypto } from 'node:crypto'
import type { AnyFunction, HostCallContext } from '../remote/types.js'

/**
 * `crypto.subtle` of guests. A key lives in the guest that has it, as its material: nothing is kept here, and each call
 * brings the keys that it needs. What comes is the guest's word for it; Node's own checks decide.
 */
export interface KeyParts {
  format: 'raw' | 'pkcs8' | 'spki'
  data: Uint8Array
  type: 'secret' | 'private' | 'public'
  extractable: boolean
  algorithm: { name: string }
  usages: Usage[]
}

type Usage = webcrypto.KeyUsage
type Algorithm = webcrypto.AlgorithmIdentifier
type Key = webcrypto.CryptoKey
type Anything = Parameters<AnyFunction>[number]

/** How an error of the platform gets to the guest, which makes its own of it. */
interface Refusal {
  error: { name: string; message: string }
}

// The pool of threads behind these is that of the whole process: what would hold one for minutes is refused.
const mostIterations = 10_000_000
const mostModulus = 8192

/** Loaded when a guest first asks: most threads never need it, and it is large. */
const subtle = (): webcrypto.SubtleCrypto => (require('node:crypto') as typeof import('node:crypto')).webcrypto.subtle
const formats = { secret: 'raw', private: 'pkcs8', public: 'spki' } as const
/** Keys of these are never exported, so they keep what they were imported from. */
const derivedFrom: ReadonlySet<string> = new Set(['PBKDF2', 'HKDF'])

function load(key: KeyParts): Promise<Key> {
  const extractable = !derivedFrom.has(key.algorithm.name)
  return subtle().importKey(key.format as 'raw', key.data as BufferSource, key.algorithm, extractable, key.usages)
}

type BufferSource = Parameters<webcrypto.SubtleCrypto['digest']>[1]

async function describe(key: Key, extractable: boolean, source?: Uint8Array): Promise<KeyParts> {
  const { type, algorithm, usages } = key
  const format = formats[type]
  const data = derivedFrom.has(algorithm.name)
    ? (source ?? new Uint8Array())
    : new Uint8Array(await subtle().exportKey(format, key))
  return { format, data, type, extractable, algorithm: { ...algorithm }, usages: [...usages] }
}

async function loadAlgorithm(algorithm: Algorithm): Promise<Algorithm> {
  if (typeof algorithm !== 'object' || algorithm === null) return algorithm
  const { public: other, iterations, modulusLength } = algorithm as Record<string, Anything>
  if (Number(iterations) > mostIterations || Number(modulusLength) > mostModulus) {
    throw new DOMException('The algorithm asks for more work than a guest may have done', 'OperationError')
  }
  return other === undefined ? algorithm : ({ ...algorithm, public: await load(other) } as Algorithm)
}

const methods = {
  digest: async (algorithm: Algorithm, data: Uint8Array) => subtle().digest(algorithm as string, data as BufferSource),

  async generateKey(algorithm: Algorithm, extractable: boolean, usages: Usage[]) {
    const made = await subtle().generateKey((await loadAlgorithm(algorithm)) as Anything, true, usages)
    if (!('privateKey' in made)) return describe(made as Key, extractable)
    const { publicKey, privateKey } = made as webcrypto.CryptoKeyPair
    return { publicKey: await describe(publicKey, true), privateKey: await describe(privateKey, extractable) }
  },

  async importKey(format: 'raw', data: Anything, algorithm: Algorithm, extractable: boolean, usages: Usage[]) {
    const { name } = (typeof algorithm === 'string' ? { name: algorithm } : algorithm) as { name: string }
    const isSource = derivedFrom.has(name.toUpperCase())
    const key = await subtle().importKey(format, data, algorithm, isSource ? extractable : true, usages)
    return describe(key, extractable, isSource ? data : undefined)
  },

  exportKey: async (format: 'raw', key: KeyParts) => subtle().exportKey(format, await load(key)),

  async encrypt(algorithm: Anything, key: KeyParts, data: Uint8Array) {
    return subtle().encrypt(algorithm, await load(key), data as BufferSource)
  },

  async decrypt(algorithm: Anything, key: KeyParts, data: Uint8Array) {
    return subtle().decrypt(algorithm, await load(key), data as BufferSource)
  },

  async sign(algorithm: Anything, key: KeyParts, data: Uint8Array) {
    return subtle().sign(algorithm, await load(key), data as BufferSource)
  },

  async verify(algorithm: Anything, key: KeyParts, signature: Uint8Array, data: Uint8Array) {
    return subtle().verify(algorithm, await load(key), signature as BufferSource, data as BufferSource)
  },

  async deriveBits(algorithm: Algorithm, key: KeyParts, length: number) {
    return subtle().deriveBits((await loadAlgorithm(algorithm)) as Anything, await load(key), length)
  },

  async deriveKey(algorithm: Algorithm, key: KeyParts, of: Anything, extractable: boolean, usages: Usage[]) {
    const from = (await loadAlgorithm(algorithm)) as Anything
    const base = await load(key)
    const target = typeof of === 'string' ? of : of?.name
    if (!derivedFrom.has(`${target}`.toUpperCase())) {
      return describe(await subtle().deriveKey(from, base, of, true, usages), extractable)
    }
    const bits = new Uint8Array(await subtle().deriveBits(from, base, of.length ?? 256))
    return describe(await subtle().importKey('raw', bits, of, false, usages), extractable, bits)
  },

  async wrapKey(format: 'raw', key: KeyParts, wrappingKey: KeyParts, algorithm: Anything) {
    return subtle().wrapKey(format, await load(key), await load(wrappingKey), algorithm)
  },

  async unwrapKey(
    format: 'raw',
    wrapped: Uint8Array,
    unwrappingKey: KeyParts,
    algorithm: Anything,
    keyAlgorithm: Anything,
    extractable: boolean,
    usages: Usage[],
  ) {
    const by = await load(unwrappingKey)
    const key = await subtle().unwrapKey(format, wrapped as BufferSource, by, algorithm, keyAlgorithm, true, usages)
    return describe(key, extractable)
  },
} satisfies Record<string, AnyFunction>

/** One at a time for each isolate: no guest takes all of the process's threads. */
const lines = new WeakMap<object, Promise<unknown>>()

export async function subtleCall(this: HostCallContext, method: string, args: unknown[]): Promise<unknown> {
  if (!Object.hasOwn(methods, method)) return refuse(new DOMException('There is no such method', 'NotSupportedError'))
  const run = async (): Promise<unknown> => {
    try {
      return await (methods[method as keyof typeof methods] as AnyFunction)(...args)
    } catch (error) {
      return refuse(error)
    }
  }
  const { isolate } = this
  if (isolate === undefined) return refuse(new DOMException('The isolate has ended', 'AbortError'))
  const turn = (lines.get(isolate) ?? Promise.resolve()).then(run)
  lines.set(isolate, turn)
  return await turn
}

function refuse(error: unknown): Refusal {
  const { name = 'OperationError', message = '' } = error instanceof Error || error instanceof DOMException ? error : {}
  return { error: { name, message } }
}
