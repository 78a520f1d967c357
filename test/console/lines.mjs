/** The lines of a text that hold something and are no comments. */
export function lines(text) {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('//'))
}
