/**
 * Pairs the replies of a guest that answers in the order it was asked with the promises waiting for them.
 * A unit that answers in order needs no number in its messages, which is the cheapest a protocol can be.
 */
export class Replies {
  /** @type {PromiseWithResolversOf<any>[]} */
  #waiting = []
  #first = 0
  /** @type {Error | undefined} */
  #ended

  /** @returns {Promise<any>} the next reply nobody waits for yet */
  next() {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  /** @param {unknown} value */
  settle(value) {
    this.#take()?.resolve(value)
  }

  /** @param {Error} error what every waiting and every later caller is told */
  end(error) {
    this.#ended = error
    for (let waiting = this.#take(); waiting; waiting = this.#take()) waiting.reject(error)
  }

  #take() {
    const waiting = this.#waiting[this.#first]
    this.#first += 1
    if (this.#first >= this.#waiting.length) {
      this.#waiting = []
      this.#first = 0
    }
    return waiting
  }
}

/**
 * @template T
 * @typedef {{ resolve: (value: T) => void, reject: (error: Error) => void }} PromiseWithResolversOf
 */
