import { max, min, push, Uint8Array } from '../builtins.js'
import { dialect } from '../dialect.js'
import type { Context } from './context.js'
import { bigintText, hexByte, numberText, remainder } from './primitive.js'
import { formatValue } from './value.js'

type Fields = Readonly<Record<string, unknown>>

export function formatTypedArray(context: Context, value: object, length: number): string[] {
  const { stylize, numericSeparator } = context
  const elements = value as ArrayLike<number | bigint>
  const shown = min(max(0, context.maxArrayLength), length)
  const parts: string[] = []
  for (let i = 0; i < shown; i++) {
    const element = elements[i] as number | bigint
    const text =
      typeof element === 'bigint'
        ? stylize(bigintText(element, numericSeparator), 'bigint')
        : stylize(numberText(element, numericSeparator), 'number')
    push(parts, text)
  }
  if (length > shown) push(parts, remainder(length - shown))
  return parts
}

/** The bytes of a buffer in hexadecimal. */
export function formatBytes(context: Context, value: object): string[] {
  let bytes: ArrayLike<number>
  try {
    bytes = new Uint8Array(value as ArrayBuffer)
  } catch {
    return [context.stylize('(detached)', 'special')]
  }
  const { length } = bytes
  const shown = min(context.maxArrayLength, length)
  let text = ''
  for (let i = 0; i < shown; i++) text += `${i === 0 ? '' : ' '}${hexByte(bytes[i] as number)}`
  if (length > context.maxArrayLength) text += ` ${remainder(length - context.maxArrayLength, 'byte')}`
  return [`${context.stylize('[Uint8Contents]', 'special')}: <${text}>`]
}

/** The one field that is left of a buffer inside the description of a view on it. */
export function formatBufferSize(context: Context, value: object): string {
  const size = context.stylize(numberText((value as ArrayBuffer).byteLength, false), 'number')
  return dialect.plainBufferFields ? `byteLength: ${size}` : `[byteLength]: ${size}`
}

/** A getter of a buffer or view, written like a hidden property. */
export function formatField(context: Context, value: object, name: string, level: number, isList: boolean): string {
  context.indentation += 2
  let text: string
  try {
    text = formatValue(context, (value as Fields)[name], level, isList)
  } catch {
    // A view on a detached buffer throws; the buffer does not.
    const { buffer } = value as { buffer: Fields }
    text = formatValue(context, buffer[name], level, isList)
  }
  context.indentation -= 2
  if (dialect.plainBufferFields && !isList) return `${name}: ${text}`
  return `${context.stylize(`[${name}]`, 'string')}: ${text}`
}
