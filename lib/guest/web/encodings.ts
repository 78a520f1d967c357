// All encodings but UTF-8: their tables are big, and few guests need them.
export { normalizeEncoding, TextDecoder } from '@exodus/bytes/encoding.js'
