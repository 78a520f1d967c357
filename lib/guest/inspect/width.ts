import { charCodeAt, codePointAt, exec, find, normalize, slice } from '../builtins.js'

/** Characters that a terminal shows in two columns: East Asian wide and full-width ones, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u2e99\u2e9b-\u2ef3\u2f00-\u2fd5\u2ff0-\u303e\u3041-\u3096\u3099-\u30ff\u3105-\u312f\u3131-\u318e\u3190-\u31e5\u31ef-\u321e\u3220-\u3247\u3250-\ua48c\ua490-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe52\ufe54-\ufe66\ufe68-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{16fe4}\u{16ff0}-\u{16ff6}\u{17000}-\u{18cd5}\u{18cff}-\u{18d1e}\u{18d80}-\u{18df2}\u{1aff0}-\u{1aff3}\u{1aff5}-\u{1affb}\u{1affd}\u{1affe}\u{1b000}-\u{1b122}\u{1b132}\u{1b150}-\u{1b152}\u{1b155}\u{1b164}-\u{1b167}\u{1b170}-\u{1b2fb}\u{1d300}-\u{1d356}\u{1d360}-\u{1d376}\u{1f200}-\u{1f202}\u{1f210}-\u{1f23b}\u{1f240}-\u{1f248}\u{1f260}-\u{1f265}\u{20000}-\u{2fffd}\u{30000}-\u{3fffd}\p{Emoji_Presentation}]/u

/** Characters that take no column: control and format characters but the soft hyphen, and marks on others. */
const ZERO = /(?!\u00ad)[\p{Cc}\p{Cf}\p{Me}\p{Mn}]/u

/** Terminal codes: links and titles up to their terminator, and everything that starts with CSI. */
const CODES =
  /\u001b\][\s\S]*?(?:\u0007|\u001b\\|\u009c)|[\u001b\u009b][[\]()#;?]*(?:\d{1,4}(?:[;:]\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g

/** The columns a terminal needs for one line of text; with `strip`, codes in it count nothing. */
export function columns(text: string, strip: boolean): number {
  const line = strip ? withoutCodes(text) : text
  let width = 0
  for (let i = 0; i < line.length; i++) {
    const code = charCodeAt(line, i)
    if (code >= 0x7f) return width + wideColumns(normalize(slice(line, i), 'NFC'))
    if (code >= 0x20) width++
  }
  return width
}

function wideColumns(text: string): number {
  let width = 0
  for (let i = 0; i < text.length; ) {
    const end = i + (codePointAt(text, i) > 0xffff ? 2 : 1)
    const char = slice(text, i, end)
    if (exec(WIDE, char) !== null) width += 2
    else if (exec(ZERO, char) === null) width++
    i = end
  }
  return width
}

export function withoutCodes(text: string): string {
  if (find(text, '\u001b') === -1 && find(text, '\u009b') === -1) return text
  let result = ''
  let start = 0
  CODES.lastIndex = 0
  for (let match = exec(CODES, text); match !== null; match = exec(CODES, text)) {
    result += slice(text, start, match.index)
    start = CODES.lastIndex
  }
  return result + slice(text, start)
}
