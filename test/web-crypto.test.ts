import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'

describe('crypto.subtle', () => {
  it('gives what Node’s gives', async () => {
    await same(`
      const { subtle } = crypto
      const bytes = (buffer) => new Uint8Array(buffer)
      const data = new TextEncoder().encode('data')
      const lines = []
      for (const name of ['SHA-1', 'SHA-256', 'sha-512', { name: 'SHA-384' }]) lines.push(text(bytes(await subtle.digest(name, data))))
      lines.push(await failed(subtle.digest('MD5', data)), await failed(subtle.digest('SHA-256', 'text')))
      const hmac = await subtle.importKey('raw', new Uint8Array(16), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify'])
      const signature = await subtle.sign('HMAC', hmac, data)
      lines.push(text(bytes(signature)), await subtle.verify('HMAC', hmac, signature, data), text(hmac.algorithm), hmac.type, text(hmac.usages), text(bytes(await subtle.exportKey('raw', hmac))), text(await subtle.exportKey('jwk', hmac)))
      const password = await subtle.importKey('raw', data, 'PBKDF2', false, ['deriveBits', 'deriveKey'])
      const how = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 1000 }
      lines.push(text(bytes(await subtle.deriveBits(how, password, 128))))
      const aes = await subtle.deriveKey(how, password, { name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'])
      const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) }
      const secret = await subtle.encrypt(gcm, aes, data)
      lines.push(text(bytes(secret)), text(bytes(await subtle.decrypt(gcm, aes, secret))), await failed(subtle.decrypt(gcm, aes, new Uint8Array(20))), await failed(subtle.sign('HMAC', aes, data)))
      const wrapped = await subtle.wrapKey('raw', hmac, aes, gcm)
      const unwrapped = await subtle.unwrapKey('raw', wrapped, aes, gcm, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
      lines.push(text(bytes(wrapped)), await subtle.verify('HMAC', unwrapped, signature, data), unwrapped.extractable, await failed(subtle.exportKey('raw', unwrapped)), await failed(subtle.sign('HMAC', unwrapped, data)))
      const pair = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])
      const other = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
      const [a, b] = await Promise.all([subtle.deriveBits({ name: 'ECDH', public: other.publicKey }, pair.privateKey, 256), subtle.deriveBits({ name: 'ECDH', public: pair.publicKey }, other.privateKey, 256)])
      lines.push(text(bytes(a)) === text(bytes(b)), pair.privateKey.extractable, pair.publicKey.extractable, await failed(subtle.exportKey('pkcs8', pair.privateKey)), (await subtle.exportKey('jwk', other.publicKey)).crv)
      const signing = await subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ['sign', 'verify'])
      lines.push(await subtle.verify('RSASSA-PKCS1-v1_5', signing.publicKey, await subtle.sign('RSASSA-PKCS1-v1_5', signing.privateKey, data), data), text(signing.publicKey.algorithm))
      lines.push(await failed(subtle.importKey('raw', new Uint8Array(5), 'AES-GCM', true, ['encrypt'])), await failed(subtle.generateKey({ name: 'nope' }, true, [])), caught(() => new CryptoKey()), await failed(subtle.sign('HMAC', {}, data)))
      // As Node 20 calls it.
      return lines.map((line) => String(line).replace('AccessException', 'AccessError'))`)
  })

  it('does not let a guest take the host’s threads for minutes', async () => {
    using isolate = new Isolate()
    const source = `
      const key = await crypto.subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['deriveBits'])
      await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(1), iterations: 2 ** 31 - 1 }, key, 8).catch((error) => error.name)`
    expect(await isolate.run(source)).toBe('OperationError')
  })

  it('survives keys that are none', async () => {
    using isolate = new Isolate()
    const source = `
      const { subtle } = crypto
      const good = await subtle.importKey('raw', new Uint8Array(16), 'AES-CBC', true, ['encrypt'])
      const errors = []
      for (const call of [() => subtle.encrypt({ name: 'AES-CBC', iv: {} }, good, new Uint8Array(1)), () => subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(16), public: { format: {} } }, good, new Uint8Array(1)), () => subtle.importKey({}, new Uint8Array(1), {}, true, [{}]), () => subtle.importKey('jwk', { kty: 5 }, 'AES-CBC', true, []), () => subtle.deriveBits({ name: 'ECDH', public: { data: 1 } }, good, -1)]) {
        try { await call(); errors.push('passed') } catch (error) { errors.push(error instanceof Error) }
      }
      errors.push(new Uint8Array(await subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, good, new Uint8Array(1))).length)
      errors.join()`
    expect(await isolate.run(source)).toMatch(/^(true|passed),(true|passed),true,true,true,16$/)
  })
})
