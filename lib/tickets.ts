/**
 * The requests that wait for an outcome. A ticket is a place in a list and how often that place was used before, so
 * that no number comes twice.
 */
export class Tickets {
  #settlers: (((outcome: unknown) => void) | null)[] = []
  #tickets: number[] = []
  #free: number[] = []

  /** Takes a ticket; `settle` is called at most once. */
  open(settle: (outcome: unknown) => void): number {
    const place = this.#free.pop() ?? this.#settlers.length
    this.#settlers[place] = settle
    const ticket = this.#tickets[place] ?? place
    this.#tickets[place] = ticket
    return ticket
  }

  /** Has another function called in place of the one that was given. */
  replace(ticket: number, settle: (outcome: unknown) => void): void {
    this.#settlers[ticket % places] = settle
  }

  /** Ends a request; the ticket is void. */
  settle(ticket: number, outcome: unknown): void {
    const place = ticket % places
    const settle = this.#settlers[place]
    this.discard(ticket)
    settle?.(outcome)
  }

  /** Ends a request for its caller; the outcome is still to come, and will be dropped. */
  abandon(ticket: number, outcome: unknown): void {
    const place = ticket % places
    const settle = this.#settlers[place]
    this.#settlers[place] = null
    settle?.(outcome)
  }

  /** Gives a ticket back that was never used. */
  discard(ticket: number): void {
    const place = ticket % places
    this.#settlers[place] = null
    this.#tickets[place] = ticket + places
    this.#free.push(place)
  }
}

// As many requests may be in flight; the rest of the 53 bits count the rounds.
const places = 2 ** 24
