/**
 * The guest ends a wait of the host's before its time limit, and is asked again. One that ends it sooner has broken its end, and would
 * keep the asking thread busy.
 */
export class Patience {
  /** 0 for a wait without end. */
  readonly milliseconds: number
  #last = Number.NEGATIVE_INFINITY

  /** @param timeout Of calls, in milliseconds; 0 for none. */
  constructor(timeout: number) {
    this.milliseconds = Math.ceil(timeout / 2)
  }

  /**
   * A wait has ended with nothing.
   *
   * @throws TypeError when it cannot have.
   */
  spend(): void {
    const now = performance.now()
    if (now - this.#last < this.milliseconds / 2 || this.milliseconds === 0) {
      throw new TypeError('The app has broken its end of serve(): it does not wait')
    }
    this.#last = now
  }
}
