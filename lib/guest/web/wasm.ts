import { isResponse } from './message.js'

declare const WebAssembly: {
  compile(bytes: ArrayBuffer): Promise<object>
  instantiate(bytes: ArrayBuffer, imports: unknown): Promise<{ module: object; instance: object }>
}

/** What a response carries, for a compiler that wants all of it. @throws TypeError when it is no WebAssembly. */
async function moduleOf(source: unknown): Promise<ArrayBuffer> {
  const response: unknown = await source
  if (!isResponse(response)) throw new TypeError('WebAssembly response must be a Response or a promise of one')
  const type = response.headers.get('Content-Type')?.trim().toLowerCase()
  if (type !== 'application/wasm') {
    throw new TypeError(`WebAssembly response has unsupported MIME type '${type ?? ''}'`)
  }
  if (!response.ok) throw new TypeError(`WebAssembly response has status code ${response.status}`)
  if (response.bodyUsed) throw new TypeError('WebAssembly response body has already been used')
  return await (response as unknown as { arrayBuffer(): Promise<ArrayBuffer> }).arrayBuffer()
}

export async function compileStreaming(source: unknown): Promise<object> {
  return await WebAssembly.compile(await moduleOf(source))
}

export async function instantiateStreaming(
  source: unknown,
  imports?: unknown,
): Promise<{ module: object; instance: object }> {
  return await WebAssembly.instantiate(await moduleOf(source), imports)
}
