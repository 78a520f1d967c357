import { blobOf, bytesOfBlob, fileOf } from './blob.js'
import { crypto } from './crypto.js'
import { FormData } from './form.js'
import { native } from './library.js'

// Forms as bytes, as RFC 7578 and the HTML and Fetch standards have them.

function decode(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return native.decodeUtf8(bytes, from, to, false) ?? ''
}

function escapeName(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}

function normalizeLines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}

/** A form as `multipart/form-data`. */
export function encodeForm(form: FormData): { bytes: Uint8Array; type: string } {
  const boundary = `----formdata-isolates-${crypto.randomUUID().replaceAll('-', '')}`
  const parts: Uint8Array[] = []
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(normalizeLines(name))}"`
    if (typeof value === 'string') {
      parts.push(native.encodeUtf8(`${head}\r\n\r\n${normalizeLines(value)}\r\n`))
    } else {
      const type = value.type || 'application/octet-stream'
      parts.push(
        native.encodeUtf8(`${head}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`),
        bytesOfBlob(value),
        native.encodeUtf8('\r\n'),
      )
    }
  }
  parts.push(native.encodeUtf8(`--${boundary}--\r\n`))
  return { bytes: concatenate(parts), type: `multipart/form-data; boundary=${boundary}` }
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function find(bytes: Uint8Array, part: Uint8Array, from: number): number {
  const first = part[0] as number
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    let length = 1
    while (length < part.length && bytes[at + length] === part[length]) length++
    if (length === part.length) return at
  }
  return -1
}

function malformed(): never {
  throw new TypeError('The form is malformed')
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(header)
  return match === null ? undefined : (match[1] ?? match[2])
}

const blank = new Uint8Array([13, 10, 13, 10])

/** Reads `multipart/form-data`. */
export function decodeForm(bytes: Uint8Array, type: string): FormData {
  const boundary = parameter(type, 'boundary')
  if (boundary === undefined || boundary === '') malformed()
  const delimiter = native.encodeUtf8(`\r\n--${boundary}`)
  const form = new FormData()
  // The first one has no line before it.
  const opening = delimiter.subarray(2)
  if (find(bytes, opening, 0) !== 0) malformed()
  let at = opening.length
  for (;;) {
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return form
    if (bytes[at] !== 13 || bytes[at + 1] !== 10) malformed()
    const headEnd = find(bytes, blank, at)
    const bodyEnd = headEnd === -1 ? -1 : find(bytes, delimiter, headEnd + 2)
    if (bodyEnd === -1) malformed()
    addPart(form, decode(bytes, at + 2, headEnd), bytes.slice(Math.min(headEnd + 4, bodyEnd), bodyEnd))
    at = bodyEnd + delimiter.length
  }
}

function addPart(form: FormData, head: string, body: Uint8Array): void {
  const headers = new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const disposition = headers.get('content-disposition') ?? malformed()
  const name = parameter(disposition, 'name')
  if (!/^form-data\s*;/i.test(disposition) || name === undefined) malformed()
  const filename = parameter(disposition, 'filename')
  if (filename === undefined) {
    form.append(unescapeName(name), decode(body, body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0))
  } else {
    const type = headers.get('content-type') ?? 'text/plain'
    form.append(unescapeName(name), fileOf(blobOf(body, type), unescapeName(filename)))
  }
}

function unescapeName(name: string): string {
  return name.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"')
}
