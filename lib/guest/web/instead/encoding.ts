import { native } from '../library.js'

// Instead of what whatwg-url takes from other modules to turn text into bytes: a URL is always UTF-8.
export function utf8Encode(text: string): Uint8Array {
  return native.encodeUtf8(text)
}

export function utf8DecodeWithoutBOM(bytes: Uint8Array): string {
  return native.decodeUtf8(bytes, 0, bytes.length, false) ?? ''
}

const hex = '0123456789ABCDEF'

export function percentEncodeAfterEncoding(
  _encoding: string,
  text: string,
  escaped: string,
  spaceAsPlus = false,
): string {
  let start = 0
  while (start < text.length && stays(text.charCodeAt(start), escaped)) start++
  if (start === text.length) return text
  const bytes = utf8Encode(text.slice(start))
  let out = text.slice(0, start)
  for (const byte of bytes) {
    if (spaceAsPlus && byte === 0x20) out += '+'
    else if (stays(byte, escaped)) out += String.fromCharCode(byte)
    else out += `%${hex[byte >> 4]}${hex[byte & 15]}`
  }
  return out
}

function stays(code: number, escaped: string): boolean {
  return code > 0x1f && code < 0x7f && !escaped.includes(String.fromCharCode(code))
}
