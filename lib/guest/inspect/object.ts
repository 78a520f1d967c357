import { indexOf, pop, push, slice, sort } from '../builtins.js'
import { formatField } from './buffer.js'
import { type Context, isTooDeep } from './context.js'
import { isStackOverflow } from './error.js'
import { layOut } from './layout.js'
import { classNameOf, plainPrefix, tagOf } from './names.js'
import { formatProperty } from './property.js'
import { type Shape, shapeOf } from './shape.js'

/** A limit on what is written at one indentation; beyond it only the outermost level is looked at. */
const BUDGET = 2 ** 27

/** An object or function that is no proxy and has no inspect function of its own. */
export function formatObject(context: Context, value: object, level: number, brief: boolean): string {
  const { stylize } = context
  const inherited: string[] = []
  const wantsInherited = context.showHidden && !isTooDeep(context, level)
  const className = classNameOf(context, value, level, wantsInherited ? inherited : undefined)
  const tag = tagOf(context, value)
  const shape = shapeOf(context, value, { className, tag, level, brief })
  const isBare = shape.keys.length === 0 && inherited.length === 0
  if (isBare && shape.alone !== undefined) return shape.alone
  if (isTooDeep(context, level)) {
    if (shape.whenTooDeep !== undefined) return shape.whenTooDeep
    const name = slice(plainPrefix(value, className, tag), 0, -1)
    return stylize(className === null ? name : `[${name}]`, 'special')
  }

  const { indentation } = context
  push(context.seen, value)
  context.currentDepth = level + 1
  let parts: string[]
  try {
    parts = formatParts(context, value, level + 1, shape)
  } catch (error) {
    if (!isStackOverflow(error)) throw error
    pop(context.seen)
    context.indentation = indentation
    const name = slice(plainPrefix(value, className, tag), 0, -1)
    const note = 'Inspection interrupted prematurely. Maximum call stack size exceeded.'
    return stylize(`[${name}: ${note}]`, 'special')
  }
  for (let i = 0; i < inherited.length; i++) push(parts, inherited[i] as string)
  pop(context.seen)
  markReference(context, value, shape)
  if (context.sorted !== false) sortParts(context, shape, parts)

  const { base, open, close, isList } = shape
  const text = layOut(context, { parts, base, open, close, isList, level: level + 1 }, value)
  if (countWritten(context, text.length) > BUDGET) context.depth = -1
  return text
}

function countWritten(context: Context, length: number): number {
  const { written, indentation } = context
  while (written.length <= indentation) push(written, 0)
  const total = (written[indentation] as number) + length
  written[indentation] = total
  return total
}

function formatParts(context: Context, value: object, level: number, shape: Shape): string[] {
  const parts = shape.contents === undefined ? [] : shape.contents(level)
  for (let i = 0; i < shape.fields.length; i++) {
    push(parts, formatField(context, value, shape.fields[i] as string, level, shape.isList))
  }
  const role = shape.isList ? 'extra' : 'property'
  for (let i = 0; i < shape.keys.length; i++) {
    push(parts, formatProperty(context, value, shape.keys[i] as PropertyKey, level, role))
  }
  return parts
}

/** Where something inside refers back to this value, the value gets the number of that reference. */
function markReference(context: Context, value: object, shape: Shape): void {
  const index = indexOf(context.circular, value)
  if (index === -1) return
  const mark = context.stylize(`<ref *${index + 1}>`, 'special')
  if (context.compact === true) shape.open = `${mark} ${shape.open}`
  else shape.base = shape.base === '' ? mark : `${mark} ${shape.base}`
}

/** The elements of a list keep their order, its other properties do not. */
function sortParts(context: Context, shape: Shape, parts: string[]): void {
  const compare = typeof context.sorted === 'function' ? context.sorted : undefined
  if (!shape.isList) {
    sort(parts, compare)
    return
  }
  const start = parts.length - shape.keys.length
  const tail: string[] = []
  for (let i = start; i < parts.length; i++) push(tail, parts[i] as string)
  sort(tail, compare)
  for (let i = 0; i < tail.length; i++) parts[start + i] = tail[i] as string
}
