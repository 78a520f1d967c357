import {
  ceil,
  create,
  hasOwn,
  isArray,
  join,
  keys,
  mapEntries,
  mapSize,
  max,
  nextEntry,
  nextValue,
  push,
  repeat,
  setSize,
  setValues,
  unshift,
  values,
} from './builtins.js'
import { inspect } from './inspect/index.js'
import { columns } from './inspect/width.js'
import { Kind, native } from './native.js'

type Column = readonly string[]
type Row = Readonly<Record<string, unknown>>

/** What `console.table` prints for an object; with `properties`, those columns only. */
export function formatTable(data: object, properties?: readonly string[]): string {
  const kind = native.kind(data)
  switch (kind) {
    case Kind.Map:
      return tableOfPairs(entriesOf(data))
    case Kind.Set:
      return tableOfValues(valuesOf(data))
    case Kind.MapIterator:
    case Kind.SetIterator: {
      const preview = native.previewEntries(data)
      return kind === Kind.MapIterator && preview[1] ? tableOfPairs(preview[0]) : tableOfValues(preview[0])
    }
    default:
      return tableOfRows(data as Row, properties)
  }
}

/** Keys and values in turn. */
function entriesOf(map: object): unknown[] {
  const list: unknown[] = []
  const entries = mapEntries(map)
  for (let left = mapSize(map); left > 0; left--) {
    const entry = nextEntry(entries).value as [unknown, unknown]
    push(list, entry[0])
    push(list, entry[1])
  }
  return list
}

function valuesOf(set: object): unknown[] {
  const list: unknown[] = []
  const entries = setValues(set)
  for (let left = setSize(set); left > 0; left--) push(list, nextValue(entries).value)
  return list
}

function tableOfPairs(entries: readonly unknown[]): string {
  const names: string[] = []
  const cells: string[] = []
  for (let i = 0; i < entries.length; i += 2) {
    push(names, formatCell(entries[i]))
    push(cells, formatCell(entries[i + 1]))
  }
  return draw(['(iteration index)', 'Key', 'Values'], [indices(names.length), names, cells])
}

function tableOfValues(entries: readonly unknown[]): string {
  const cells: string[] = []
  for (let i = 0; i < entries.length; i++) push(cells, formatCell(entries[i]))
  return draw(['(iteration index)', 'Values'], [indices(cells.length), cells])
}

function indices(count: number): string[] {
  const list: string[] = []
  for (let i = 0; i < count; i++) push(list, `${i}`)
  return list
}

/** One row for each own property of `data`, one column for each property of the rows. */
function tableOfRows(data: Row, properties: readonly string[] | undefined): string {
  const rowNames = keys(data)
  const byName = create(null) as Record<string, string[]>
  const primitives: string[] = []
  for (let i = 0; i < rowNames.length; i++) {
    const row = data[rowNames[i] as string]
    const isObject = (typeof row === 'object' && row !== null) || typeof row === 'function'
    if (!isObject && properties === undefined) {
      primitives[i] = formatCell(row)
      continue
    }
    const names = properties ?? keys(row as Row)
    for (let j = 0; j < names.length; j++) {
      const name = names[j] as string
      byName[name] ??= []
      const column = byName[name] as string[]
      column[i] = isObject && hasOwn(row as Row, name) ? formatCell((row as Row)[name]) : ''
    }
  }
  const heads = keys(byName)
  const cells: Column[] = values(byName)
  if (primitives.length > 0) {
    push(heads, 'Values')
    push(cells, primitives)
  }
  unshift(heads, '(index)')
  unshift(cells, rowNames)
  return draw(heads, cells)
}

/** Values are cut short; objects with more than two properties show their name only. */
function formatCell(value: unknown): string {
  const isList =
    isArray(value) || (typeof value === 'object' && value !== null && native.kind(value) === Kind.TypedArray)
  const isLarge = typeof value === 'object' && value !== null && !isList && keys(value).length > 2
  return inspect(value, { maxArrayLength: 3, breakLength: Infinity, depth: isLarge ? -1 : 0 })
}

/** Draws the columns; one that is shorter than the longest, or has gaps, is filled with empty cells. */
function draw(heads: readonly string[], cells: readonly Column[]): string {
  const widths: number[] = []
  let height = 0
  for (let i = 0; i < heads.length; i++) {
    const column = cells[i] as Column
    let width = columns(heads[i] as string, true)
    for (let row = 0; row < column.length; row++) width = max(width, columns(column[row] ?? '', true))
    push(widths, width)
    height = max(height, column.length)
  }
  const lines: string[] = []
  for (let i = 0; i < widths.length; i++) push(lines, repeat('─', (widths[i] as number) + 2))
  let text = `┌${join(lines, '┬')}┐\n${drawRow(heads, widths)}\n├${join(lines, '┼')}┤\n`
  for (let row = 0; row < height; row++) {
    const rowCells: string[] = []
    for (let i = 0; i < heads.length; i++) push(rowCells, (cells[i] as Column)[row] ?? '')
    text += `${drawRow(rowCells, widths)}\n`
  }
  return `${text}└${join(lines, '┴')}┘`
}

function drawRow(cells: readonly string[], widths: readonly number[]): string {
  const padded: string[] = []
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string
    push(padded, cell + repeat(' ', ceil((widths[i] as number) - columns(cell, true))))
  }
  return `│ ${join(padded, ' │ ')} │`
}
