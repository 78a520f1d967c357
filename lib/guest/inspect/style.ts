/** Turns a piece of text into what is shown for it; `style` names what the text is. */
export type Stylize = (text: string, style: Style) => string

export type Style =
  | 'bigint' | 'boolean' | 'date' | 'module' | 'name' | 'null' | 'number' | 'regexp' | 'special' | 'string' | 'symbol' | 'undefined' // biome-ignore format: one block of names

/** Terminal codes that switch each style on and off, for `console.dir(value, { colors: true })`. */
const codes: { readonly [style in Style]?: readonly [on: number, off: number] } = {
  bigint: [33, 39],
  boolean: [33, 39],
  date: [35, 39],
  module: [4, 24],
  null: [1, 22],
  number: [33, 39],
  regexp: [31, 39],
  special: [36, 39],
  string: [32, 39],
  symbol: [32, 39],
  undefined: [90, 39],
  __proto__: null,
} as typeof codes

export function noColor(text: string): string {
  return text
}

export function paint(text: string, style: Style): string {
  const code = codes[style]
  return code === undefined ? text : `\u001b[${code[0]}m${text}\u001b[${code[1]}m`
}
