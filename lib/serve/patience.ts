/**
 * The guest ends a wait of the host's before the time limit of its calls (lib/guest/web/waits.ts), and is asked again. One that ends it sooner
 * than it can has broken its end, and would keep the asking thread busy.
 */
export class Patience {
  /** Milliseconds that a wait takes at least, and half of what it may take; 0 for a wait without end. */
  readonly tick: number
  #last = Number.NEGATIVE_INFINITY

  /** @param timeout Of calls, in milliseconds; 0 for none. */
  constructor(timeout: number) {
    this.tick = Math.ceil(timeout / 4)
  }

  /**
   * A wait has ended with nothing.
   *
   * @throws TypeError when it cannot have.
   */
  spend(): void {
    const now = performance.now()
    // Half of it: the clocks of the two are not read at the same time.
    if (this.tick === 0 || now - this.#last < this.tick / 2) {
      throw new TypeError('The app has broken its end of serve(): it does not wait')
    }
    this.#last = now
  }
}
