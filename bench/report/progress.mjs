import { formatDuration } from './format.mjs'

/** How often the time left is counted down, in milliseconds. */
const TICK = 1_000

/** One line that is rewritten in place: on a terminal only, so that logs and pipes stay clean. */
export class Progress {
  #stream
  #begin = performance.now()
  /** @type {NodeJS.Timeout | undefined} */
  #timer

  /** @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} stream */
  constructor(stream = process.stderr) {
    this.#stream = stream
  }

  /**
   * @param {number} done between 0 and 1
   * @param {string} text
   * @param {number} [left] seconds; guessed from the time taken so far when not given
   */
  show(done, text, left) {
    clearInterval(this.#timer)
    if (!this.#stream.isTTY) return
    const shown = performance.now()
    const taken = (shown - this.#begin) / 1000
    const rest = left ?? (done > 0 ? (taken / done) * (1 - done) : undefined)
    const draw = () => {
      const since = (performance.now() - shown) / 1000
      const time = rest === undefined ? '' : `, about ${formatDuration(rest - since)} left`
      const line = `${Math.floor(done * 100)}%`.padStart(4).concat('  ', text, time)
      this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns || 80) - 1)}`)
    }
    draw()
    this.#timer = setInterval(draw, TICK).unref()
  }

  clear() {
    clearInterval(this.#timer)
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K')
  }
}
