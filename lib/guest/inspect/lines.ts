import { find, push, slice } from '../builtins.js'

export function splitLines(text: string): string[] {
  const lines: string[] = []
  let start = 0
  for (let end = find(text, '\n'); end !== -1; end = find(text, '\n', start)) {
    push(lines, slice(text, start, end))
    start = end + 1
  }
  push(lines, slice(text, start))
  return lines
}

/** Puts `gap` before every line but the first. */
export function indentLines(text: string, gap: string): string {
  if (gap === '') return text
  let result = ''
  let start = 0
  for (let end = find(text, '\n'); end !== -1; end = find(text, '\n', start)) {
    result += slice(text, start, end + 1) + gap
    start = end + 1
  }
  return start === 0 ? text : result + slice(text, start)
}
