import { floor, has, join, max, min, padEnd, padStart, push, repeat, round, sqrt } from '../builtins.js'
import type { Context } from './context.js'
import { columns, withoutCodes } from './width.js'

/** The pieces of one object's text. */
export interface Pieces {
  parts: string[]
  base: string
  open: string
  close: string
  isList: boolean
  level: number
}

/** Puts the pieces on one line where they fit and are not nested deeply, else on lines of their own. */
export function layOut(context: Context, pieces: Pieces, value?: object): string {
  const { base, open, close } = pieces
  const gap = repeat(' ', context.indentation)
  if (context.compact === true) {
    if (fits(context, pieces.parts, 0, base)) {
      return `${open}${base === '' ? '' : ` ${base}`} ${join(pieces.parts, ', ')} ${close}`
    }
    // A long opening, such as "Set {", would push the first entry out of line with the others.
    const start = base === '' && open.length === 1 ? ' ' : `${base === '' ? '' : ` ${base}`}\n${gap}  `
    return `${open}${start}${join(pieces.parts, `,\n${gap}  `)} ${close}`
  }
  const lead = base === '' ? open : `${base} ${open}`
  let { parts } = pieces
  if (typeof context.compact === 'number' && context.compact >= 1) {
    if (pieces.isList && parts.length > 6) parts = group(context, parts, context.compact, value)
    // Only what is not grouped, and has few levels below it, goes on one line.
    if (parts === pieces.parts && context.currentDepth - pieces.level < context.compact) {
      const start = parts.length + context.indentation + open.length + base.length + 10
      if (fits(context, parts, start, base)) {
        const line = join(parts, ', ')
        if (!has(line, '\n')) return `${lead} ${line} ${close}`
      }
    }
  }
  return `${lead}\n${gap}  ${join(parts, `,\n${gap}  `)}\n${gap}${close}`
}

/** True when the parts and the separators between them leave no line too long. */
function fits(context: Context, parts: readonly string[], start: number, base: string): boolean {
  if (base !== '' && has(base, '\n')) return false
  if (context.breakLength === Infinity) {
    for (let i = 0; i < parts.length; i++) if (has(parts[i] as string, '\n')) return false
    return true
  }
  let length = parts.length + start
  if (length + parts.length > context.breakLength) return false
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    length += (context.colors ? withoutCodes(part) : part).length
    if (length > context.breakLength) return false
  }
  return true
}

/** Aligns the elements of a list in columns; returns `parts` itself where that does not suit them. */
function group(context: Context, parts: string[], compact: number, value: object | undefined): string[] {
  // A last part that says how many elements are left out keeps its own line.
  const hasRemainder = context.maxArrayLength < parts.length
  const count = hasRemainder ? parts.length - 1 : parts.length
  const widths: number[] = []
  let total = 0
  let widest = 0
  for (let i = 0; i < count; i++) {
    const width = columns(parts[i] as string, context.colors)
    push(widths, width)
    total += width + 2
    widest = max(widest, width)
  }
  const cell = widest + 2
  // Three must fit side by side, and no element may be out of all proportion.
  if (cell * 3 + context.indentation >= context.breakLength) return parts
  if (total / cell <= 5 && widest > 6) return parts

  const perLine = columnCount(context, compact, cell, total / parts.length, count)
  if (perLine <= 1) return parts
  const columnWidths = measureColumns(widths, perLine)
  const pad = isNumeric(value, parts.length) ? padStart : padEnd
  const lines: string[] = []
  for (let start = 0; start < count; start += perLine) {
    const end = min(start + perLine, count)
    let line = ''
    for (let i = start; i < end; i++) {
      const part = parts[i] as string
      const isLast = i === end - 1
      if (isLast && pad === padEnd) {
        line += part
        continue
      }
      const text = isLast ? part : `${part}, `
      // Padding counts characters, so codes and wide characters are added on.
      const extra = part.length - (widths[i] as number)
      line += pad(text, (columnWidths[i - start] as number) + extra - (isLast ? 2 : 0), ' ')
    }
    push(lines, line)
  }
  if (hasRemainder) push(lines, parts[count] as string)
  return lines
}

/** About as many columns as make the block a square of characters two and a half times as high as wide. */
function columnCount(context: Context, compact: number, cell: number, average: number, count: number): number {
  const biased = max(cell - 3 - sqrt(cell - average), 1)
  const square = round(sqrt(2.5 * biased * count) / biased)
  return min(min(square, floor((context.breakLength - context.indentation) / cell)), min(compact * 4, 15))
}

function measureColumns(widths: readonly number[], perLine: number): number[] {
  const result: number[] = []
  for (let column = 0; column < perLine; column++) {
    let widest = 0
    for (let i = column; i < widths.length; i += perLine) widest = max(widest, widths[i] as number)
    push(result, widest + 2)
  }
  return result
}

/** Lists of numbers alone are aligned to the right. */
function isNumeric(value: object | undefined, length: number): boolean {
  if (value === undefined) return true
  for (let i = 0; i < length; i++) {
    const type = typeof (value as ArrayLike<unknown>)[i]
    if (type !== 'number' && type !== 'bigint') return false
  }
  return true
}
