import {
  charCodeAt,
  find,
  has,
  is,
  isFinite,
  join,
  numberToString,
  padStart,
  push,
  repeat,
  slice,
  symbolToString,
  trunc,
} from '../builtins.js'
import type { Context } from './context.js'
import type { Stylize } from './style.js'

const SINGLE = 0x27
const DOUBLE = 0x22
const BACKTICK = 0x60
const BACKSLASH = 0x5c

/** A string literal in the quotes that need the fewest escapes. */
export function quote(text: string): string {
  const delimiter = chooseQuote(text)
  const mark = delimiter === SINGLE ? "'" : delimiter === DOUBLE ? '"' : '`'
  return `${mark}${escape(text, delimiter)}${mark}`
}

function chooseQuote(text: string): number {
  if (!has(text, "'")) return SINGLE
  if (!has(text, '"')) return DOUBLE
  return has(text, '`') || has(text, '${') ? SINGLE : BACKTICK
}

/** Escapes control characters, backslashes, lone surrogates and, where it delimits, the single quote. */
export function escape(text: string, delimiter: number = SINGLE): string {
  let result = ''
  let kept = 0
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i)
    let replacement: string
    if (code === BACKSLASH) replacement = '\\\\'
    else if (code === SINGLE && delimiter === SINGLE) replacement = "\\'"
    else if (code < 0x20 || (code > 0x7e && code < 0xa0)) replacement = escapeControl(code)
    else if (code >= 0xd800 && code <= 0xdfff) {
      if (isPair(text, i)) {
        i++
        continue
      }
      replacement = `\\u${numberToString(code, 16)}`
    } else continue
    result += slice(text, kept, i) + replacement
    kept = i + 1
  }
  return kept === 0 ? text : result + slice(text, kept)
}

function isPair(text: string, index: number): boolean {
  const next = charCodeAt(text, index + 1)
  return charCodeAt(text, index) <= 0xdbff && next >= 0xdc00 && next <= 0xdfff
}

function escapeControl(code: number): string {
  switch (code) {
    case 0x08:
      return '\\b'
    case 0x09:
      return '\\t'
    case 0x0a:
      return '\\n'
    case 0x0c:
      return '\\f'
    case 0x0d:
      return '\\r'
  }
  const digits = '0123456789ABCDEF'
  return `\\x${digits[code >> 4]}${digits[code & 15]}`
}

export function formatPrimitive(context: Context, value: unknown, stylize: Stylize = context.stylize): string {
  switch (typeof value) {
    case 'string':
      return formatString(context, value, stylize)
    case 'number':
      return stylize(numberText(value, context.numericSeparator), 'number')
    case 'bigint':
      return stylize(bigintText(value, context.numericSeparator), 'bigint')
    case 'boolean':
      return stylize(`${value}`, 'boolean')
    case 'undefined':
      return stylize('undefined', 'undefined')
    default:
      return stylize(symbolToString(value as symbol), 'symbol')
  }
}

/** Long strings are cut, and ones too long for a line are broken where they break themselves. */
function formatString(context: Context, value: string, stylize: Stylize): string {
  let text = value
  let trailer = ''
  if (text.length > context.maxStringLength) {
    const rest = text.length - context.maxStringLength
    text = slice(text, 0, context.maxStringLength)
    trailer = `... ${rest} more character${rest > 1 ? 's' : ''}`
  }
  const room = context.breakLength - context.indentation - 4
  if (context.compact === true || text.length <= 16 || text.length <= room) {
    return stylize(quote(text), 'string') + trailer
  }
  const lines: string[] = []
  for (let start = 0; start < text.length; ) {
    const newline = find(text, '\n', start)
    const end = newline === -1 ? text.length : newline + 1
    push(lines, stylize(quote(slice(text, start, end)), 'string'))
    start = end
  }
  return join(lines, ` +\n${repeat(' ', context.indentation + 2)}`) + trailer
}

export function numberText(value: number, separated: boolean): string {
  if (is(value, -0)) return '-0'
  const text = `${value}`
  if (!separated || !isFinite(value) || has(text, 'e')) return text
  if (trunc(value) === value) return separate(text)
  const point = find(text, '.')
  return `${separate(slice(text, 0, point))}.${separateFraction(slice(text, point + 1))}`
}

export function bigintText(value: bigint, separated: boolean): string {
  return `${separated ? separate(`${value}`) : `${value}`}n`
}

/** Underscores between groups of three digits, counted from the right. */
function separate(digits: string): string {
  const sign = digits[0] === '-' ? 1 : 0
  let end = digits.length
  let result = ''
  for (; end >= sign + 4; end -= 3) result = `_${slice(digits, end - 3, end)}${result}`
  return slice(digits, 0, end) + result
}

function separateFraction(digits: string): string {
  let start = 0
  let result = ''
  for (; start < digits.length - 3; start += 3) result += `${slice(digits, start, start + 3)}_`
  return result + slice(digits, start)
}

export function remainder(count: number, what = 'item'): string {
  return `... ${count} more ${what}${count > 1 ? 's' : ''}`
}

export function hexByte(byte: number): string {
  return padStart(numberToString(byte, 16), 2, '0')
}
